/** The part of `docs/cdevents.md` that was found by hand: programs in other languages, on what the encoder makes. */
export const READERS = `## Who reads it

Tried with the official libraries of other languages, each reading 453 CDEvents of each version (every
event type, hostile names, incidents, hand-offs, four sets of options), 14,848 of random events, and one of each of the
46 types of each version made with \`createCdevent\`. Read means: parsed, valid by the library's own check where it has one,
id, source, type, subject and \`customData\` as they were sent, and the same JSON when written again.

| library | reads | does not read |
|---|---|---|
| Go, \`github.com/cdevents/sdk-go\` 0.5.0 | all of \`0.5.1\` and \`0.4.1\` | the types of \`adr-004\` and the draft that no version has |
| Go, the same, 0.4.1 | all of \`0.4.1\` | \`0.5.1\`, which is newer |
| Rust, \`cdevents-sdk\` 0.4.2 | all of \`0.5.1\` and \`0.4.1\` | as Go 0.5.0 |
| Java, \`dev.cdevents:cdevents-sdk-java\` 0.3.1, the newest release | nothing: it knows version 0.3.0 alone | |
| Python | not tried: its library is in no package index | |

The Go library fills one object for each type: \`NewFromJsonBytes\` leaves in it what the event before had and this one has
not. Unmarshal into an object of your own. It also refuses any \`schemaUri\` that it doesn't know; the encoder sends none.

\`httpSink\` was received by the CloudEvents libraries of Go (\`sdk-go/v2\` 2.16.2), Java (\`cloudevents-http-basic\` 4.0.1) and
Python (\`cloudevents\` 2.2.0) in binary, structured and batched mode, and by that of JavaScript (10) in the first two: all
CloudEvents, unchanged, but for one thing. Binary mode percent-encodes what headers can't hold, as the binding says, and
the libraries of Go, Java and JavaScript don't decode it: there the attributes \`subject\` and \`source\` of names beyond
ASCII, or with a percent sign, look different. The CDEvent in the data is the same; structured mode has no such trouble.
`;
