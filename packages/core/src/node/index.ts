export { type CloseOnSignalsOptions, closeOnSignals } from "./close-on-signals.js";
export { type DetectResourceOptions, detectResource } from "./detect-resource.js";
export { type DiagnosticsMessage, diagnosticsChannelSubscriber } from "./diagnostics-channel.js";
export { makeDirectory } from "./make-directory.js";
