import { useEffect, useState } from "preact/hooks";

const SHORTEST_ROW_PX = 40;
const ROWS_A_TURN = 20;

/**
 * Returns the rows to draw now: at first those that fit into the window, then some more each turn, so that a key or click
 * between two turns need not wait until all are drawn. Once all are there, new answers are drawn whole: only rows that
 * changed cost something then.
 */
export function useRowsInTurn<Row>(rows: readonly Row[]): readonly Row[] {
  const [drawn, setDrawn] = useState(() => Math.ceil(innerHeight / SHORTEST_ROW_PX));
  const isDone = drawn >= rows.length;
  useEffect(() => {
    if (isDone) return;
    // No animation frame: a tab in the background has none.
    const timer = setTimeout(() => setDrawn((before) => before + ROWS_A_TURN));
    return () => clearTimeout(timer);
  }, [drawn, isDone]);
  return isDone ? rows : rows.slice(0, drawn);
}
