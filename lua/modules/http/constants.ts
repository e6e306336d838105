/** The constants of the `http` module. */
type Names<T> = Readonly<Record<string, T>>;

const methods: Names<string> = Object.fromEntries(
  ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"].map((name) => [name, name]),
);

const statuses: Names<number> = {
  OK: 200,
  CREATED: 201,
  ACCEPTED: 202,
  NO_CONTENT: 204,
  PARTIAL_CONTENT: 206,
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  NOT_MODIFIED: 304,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  PAYMENT_REQUIRED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  REQUEST_TIMEOUT: 408,
  CONFLICT: 409,
  GONE: 410,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE: 422,
  UNPROCESSABLE_ENTITY: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  SERVICE_UNAVAILABLE: 503,
  GATEWAY_TIMEOUT: 504,
};

export const contentTypes = {
  JSON: "application/json",
  FORM: "application/x-www-form-urlencoded",
  MULTIPART: "multipart/form-data",
  TEXT: "text/plain",
  STREAM: "application/octet-stream",
} as const;

export const transfers = { CHUNKED: "chunked", SSE: "sse" } as const;

const errors: Names<string> = {
  PARSE_FAILED: "PARSE_FAILED",
  INVALID_STATE: "INVALID_STATE",
  WRITE_FAILED: "WRITE_FAILED",
  STREAM_ERROR: "STREAM_ERROR",
};

export const httpConstants: Names<Names<string | number>> = {
  METHOD: methods,
  STATUS: statuses,
  CONTENT: contentTypes,
  TRANSFER: transfers,
  ERROR: errors,
};
