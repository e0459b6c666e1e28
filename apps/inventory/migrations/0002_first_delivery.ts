import { sql, type Kysely } from 'kysely';

const WAREHOUSES = ['ROTTERDAM', 'LEIPZIG'];
const PLENTY = 100_000;

const SKUS = [
  'BAG-CANVAS-TOTE',
  'BLANKET-WOOL-GREY',
  'BOTTLE-STEEL-750',
  'CANDLE-BEESWAX',
  'COFFEE-ESPRESSO-1KG',
  'COFFEE-FILTER-500G',
  'CUTTING-BOARD-OAK',
  'DESK-LAMP-BRASS',
  'GRINDER-HAND',
  'HEADPHONES-OVER-EAR',
  'KETTLE-GOOSENECK',
  'KEYBOARD-COMPACT',
  'KNIFE-CHEF-20',
  'LAPTOP-STAND-ALU',
  'MOUSE-WIRELESS',
  'MUG-ENAMEL',
  'NOTEBOOK-A5-DOTTED',
  'PAN-CAST-IRON-26',
  'PEN-FOUNTAIN',
  'RAIN-JACKET-M',
  'SCALE-KITCHEN',
  'SOCKS-MERINO-3',
  'TEAPOT-GLASS',
  'UMBRELLA-STORM',
];

/** Plenty of everything in both warehouses, ten of `LAST-TEN`, none of `SOLD-OUT`. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    insert into stock (sku, warehouse, received, available)
    select sku, warehouse, ${PLENTY}, ${PLENTY}
    from unnest(${SKUS}::text[]) as sku, unnest(${WAREHOUSES}::text[]) as warehouse`.execute(db);
  await sql`
    insert into stock (sku, warehouse, received, available)
    values ('LAST-TEN', 'ROTTERDAM', 10, 10), ('LAST-TEN', 'LEIPZIG', 0, 0),
           ('SOLD-OUT', 'ROTTERDAM', 0, 0), ('SOLD-OUT', 'LEIPZIG', 0, 0)`.execute(db);
}
