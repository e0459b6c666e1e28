import type { Product as GrpcProduct } from '#libs/contracts/generated/waybill/catalog/v1/catalog.js';
import type { Product } from '#libs/contracts/http/products.js';
import { presentMoney } from '../read-orders/present-order.js';

export function presentProduct({ sku, name, price, available }: GrpcProduct): Product {
  return { sku, name, price: presentMoney(price), available };
}
