import type { AroundAnswer, AroundInput } from "./around.js";
import type { DeadLettersAnswer, DeadLettersInput, GapsAnswer, GapsInput, StatsAnswer } from "./delivery.js";
import type { DoraAnswer, DoraInput } from "./dora.js";
import type { EventsAnswer, EventsInput, TailInput, TailItem } from "./events.js";
import type { FleetAnswer, FleetInput } from "./fleet.js";
import type { SearchAnswer, SearchInput } from "./search.js";
import type { SloAnswer, SloInput } from "./slo.js";
import type { SyncAnswer, SyncInput } from "./sync.js";
import type { SyncsAnswer, SyncsInput } from "./syncs.js";
import type { TimelineAnswer, TimelineInput } from "./timeline.js";

/** Everything that can be asked. `History` has these methods; `/v1/<name>` is the same over HTTP. */
export interface Queries {
  fleet(input?: FleetInput): Promise<FleetAnswer>;
  syncs(input?: SyncsInput): Promise<SyncsAnswer>;
  sync(input: SyncInput): Promise<SyncAnswer>;
  timeline(input?: TimelineInput): Promise<TimelineAnswer>;
  around(input: AroundInput): Promise<AroundAnswer>;
  slo(input?: SloInput): Promise<SloAnswer>;
  dora(input?: DoraInput): Promise<DoraAnswer>;
  events(input?: EventsInput): Promise<EventsAnswer>;
  deadLetters(input?: DeadLettersInput): Promise<DeadLettersAnswer>;
  gaps(input?: GapsInput): Promise<GapsAnswer>;
  stats(): Promise<StatsAnswer>;
  search(input: SearchInput): Promise<SearchAnswer>;
  tail(input?: TailInput): AsyncIterable<TailItem>;
}
