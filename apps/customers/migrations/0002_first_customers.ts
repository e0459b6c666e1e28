import { sql, type Kysely } from 'kysely';

/** Those whom the development issuer gives tokens to. */
const CUSTOMERS = [
  {
    id: 'cus-ada',
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    addresses: [{ name: 'Ada Lovelace', line1: 'Marktplatz 1', city: 'Leipzig', postalCode: '04109', country: 'DE' }],
  },
  {
    id: 'cus-grace',
    name: 'Grace Hopper',
    email: 'grace@example.com',
    addresses: [
      { name: 'Grace Hopper', line1: 'Coolsingel 40', city: 'Rotterdam', postalCode: '3011 AD', country: 'NL' },
    ],
  },
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const { id, name, email, addresses } of CUSTOMERS) {
    await sql`
      insert into customers (id, name, email, addresses)
      values (${id}, ${name}, ${email}, ${JSON.stringify(addresses)})`.execute(db);
  }
}
