/** Which orders a query is about, as a condition on the column that has their ids. */
export type Only = (column: string, type?: 'uuid' | 'text') => string;

export const ALL: Only = () => 'true';
/** Those of which the ids are given: `$1`. */
export const CHOSEN: Only = (column, type = 'uuid') => `${column} = any($1::${type}[])`;
