export { type HttpSinkOptions, httpSink } from "./http/http-sink.js";
export type { Fetch, FetchResponse, RequestHeaders } from "./http/receiver.js";
