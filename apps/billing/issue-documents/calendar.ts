/** Days as the seller's calendar has them, `yyyy-mm-dd`. */
export class Calendar {
  private readonly format: Intl.DateTimeFormat;

  constructor(
    timeZone: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  }

  today(): string {
    return this.dayOf(this.now());
  }

  dayOf(at: Date): string {
    return this.format.format(at);
  }
}
