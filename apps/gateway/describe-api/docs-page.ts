/** The page at /docs. It brings everything it needs. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Waybill API</title>
  <link rel="icon" type="image/png" href="/docs/assets/favicon.png">
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  <link rel="stylesheet" href="/docs/assets/page.css">
</head>
<body>
  <div id="api"></div>
  <script src="/docs/assets/swagger-ui.js"></script>
  <script src="/docs/assets/page.js"></script>
</body>
</html>
`;

export const DOCS_STYLE = `body { margin: 0; }
.swagger-ui .info { margin: 32px 0 16px; }
.swagger-ui .scheme-container { padding: 16px 0; box-shadow: none; border-bottom: 1px solid #d8dde7; }
`;

/** Fills in a fresh Idempotency-Key, so that "Try it out" needs a token and nothing else. */
export const DOCS_SCRIPT = `const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const fillKeys = (api) => {
  const operations = Object.values(api.paths).flatMap((methods) => Object.values(methods));
  for (const parameter of operations.flatMap((operation) => operation.parameters)) {
    if (parameter.name === 'Idempotency-Key') parameter.example = freshKey();
  }
  return api;
};

const show = async () => {
  const response = await fetch('/openapi.json');
  SwaggerUIBundle({
    spec: fillKeys(await response.json()),
    dom_id: '#api',
    deepLinking: true,
    displayRequestDuration: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  });
};

show();
`;
