// The SDK requires this file by its path, in the worker as well as in the workflows' bundle: CommonJS serves both, and tests.
const { DefaultFailureConverter } = require('@temporalio/common');

// Messages and stack traces of failures are payloads too: the codec encrypts them.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
