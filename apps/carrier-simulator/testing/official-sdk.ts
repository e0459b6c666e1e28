import EasyPost from '@easypost/api';

/** The SDK's types are written for CommonJS: as an ES module its default export is the client itself. */
const OfficialClient = EasyPost as unknown as typeof EasyPost.default;
export type OfficialClient = InstanceType<typeof EasyPost.default>;

/** The official client of the real API, pointed at a simulator. */
export function officialClient(apiKey: string, url: string): OfficialClient {
  return new OfficialClient(apiKey, { baseUrl: `${url}/v2/` });
}
