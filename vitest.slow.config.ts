import { testConfig } from "./tools/src/test-projects.ts";

export default testConfig("slow");
