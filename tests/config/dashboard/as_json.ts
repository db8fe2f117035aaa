// Grafana's type of a dashboard as a JSON file can hold it: its enumerations by their values.
import type { Dashboard } from "./node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen.js";

type AsJson<T> = T extends string ? `${T}` : T extends (infer E)[] ? AsJson<E>[]
    : T extends object ? { [K in keyof T]: AsJson<T[K]> } : T;

export type DashboardFile = AsJson<Dashboard>;
