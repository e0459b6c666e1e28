import { sql, type Kysely } from 'kysely';

/** SKU, name, price in cents. The same SKUs as inventory's first delivery. */
const PRODUCTS: readonly (readonly [sku: string, name: string, price: number])[] = [
  ['BAG-CANVAS-TOTE', 'Canvas tote bag', 1_900],
  ['BLANKET-WOOL-GREY', 'Wool blanket, grey', 8_900],
  ['BOTTLE-STEEL-750', 'Steel bottle, 750 ml', 2_490],
  ['CANDLE-BEESWAX', 'Beeswax candle', 1_250],
  ['COFFEE-ESPRESSO-1KG', 'Espresso beans, 1 kg', 2_190],
  ['COFFEE-FILTER-500G', 'Filter coffee, 500 g', 1_290],
  ['CUTTING-BOARD-OAK', 'Oak cutting board', 4_500],
  ['DESK-LAMP-BRASS', 'Brass desk lamp', 11_900],
  ['GRINDER-HAND', 'Hand coffee grinder', 7_400],
  ['HEADPHONES-OVER-EAR', 'Over-ear headphones', 19_900],
  ['KETTLE-GOOSENECK', 'Gooseneck kettle', 6_900],
  ['KEYBOARD-COMPACT', 'Compact keyboard', 9_900],
  ['KNIFE-CHEF-20', "Chef's knife, 20 cm", 7_900],
  ['LAPTOP-STAND-ALU', 'Aluminium laptop stand', 4_900],
  ['LAST-TEN', 'Screen print, last ten of the edition', 4_000],
  ['MOUSE-WIRELESS', 'Wireless mouse', 3_900],
  ['MUG-ENAMEL', 'Enamel mug', 1_240],
  ['NOTEBOOK-A5-DOTTED', 'Dotted notebook, A5', 1_150],
  ['PAN-CAST-IRON-26', 'Cast-iron pan, 26 cm', 5_400],
  ['PEN-FOUNTAIN', 'Fountain pen', 3_450],
  ['RAIN-JACKET-M', 'Rain jacket, M', 12_900],
  ['SCALE-KITCHEN', 'Kitchen scale', 2_790],
  ['SOCKS-MERINO-3', 'Merino socks, three pairs', 2_900],
  ['SOLD-OUT', 'Screen print, sold out', 4_000],
  ['TEAPOT-GLASS', 'Glass teapot', 3_200],
  ['UMBRELLA-STORM', 'Storm umbrella', 3_990],
];

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    insert into products (sku, name, price, currency)
    select sku, name, price, 'EUR' from unnest(
      ${PRODUCTS.map(([sku]) => sku)}::text[], ${PRODUCTS.map(([, name]) => name)}::text[], ${PRODUCTS.map(([, , price]) => price)}::bigint[]
    ) as product (sku, name, price)`.execute(db);
}
