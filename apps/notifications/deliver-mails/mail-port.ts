/** A mail, ready to go. The same mail has the same id, whenever and however often it is sent. */
export interface Mail {
  readonly id: string;
  /** Without angle brackets. */
  readonly messageId: string;
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly date: Date;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export const MAIL_PORT = Symbol('MAIL_PORT');

/** Takes mails away. */
export interface MailPort {
  /**
   * Resolves once the mail is in safe hands. What it throws never holds an address.
   * @throws DependencyUnavailable when no mail can be sent now; Poison when this one never can.
   */
  send(mail: Mail): Promise<void>;
  close(): void;
}
