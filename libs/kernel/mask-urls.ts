const CREDENTIALS = /(:\/\/[^:/@\s]*:)[^/?#\s]*@/g;
const PARAMETER = /([?&](?:password|sslpassword|secret|token|api_?key)=)[^&#\s]*/gi;

/** The text with the passwords of all URLs in it masked: those before the host, and those among the parameters. */
export function maskUrls(text: string): string {
  return text.replace(CREDENTIALS, '$1***@').replace(PARAMETER, '$1***');
}
