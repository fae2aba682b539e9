// Drives tiktok-shop-sdk, whose hosts are written into it: only `fetch` is told another host.
const [library, base, appKey, appSecret, authCode] = process.argv.slice(2);

const real = globalThis.fetch;
const hosts = /^https:\/\/(auth\.tiktok-shops\.com|open-api\.tiktokglobalshop\.com)/;
globalThis.fetch = (url, options) => real(String(url).replace(hosts, base), options);

const { TikTokShopSDK } = require(library);

async function pages(call, key) {
  const rows = [];
  let token;
  let count = 0;
  do {
    const reply = await call(token);
    rows.push(...(reply.data[key] ?? []));
    token = reply.data.next_page_token;
    count += 1;
  } while (token);
  return { rows, count };
}

async function main() {
  const sdk = new TikTokShopSDK({ appKey, appSecret });
  const given = await sdk.auth.getAccessToken({ auth_code: authCode });
  const renewed = await sdk.auth.refreshAccessToken({
    refresh_token: given.data.refresh_token,
    grant_type: "refresh_token",
  });
  sdk.setAccessToken(renewed.data.access_token);
  const shop = (await sdk.shop.getAuthorizedShops()).data.shops[0];
  sdk.setShopCipher(shop.cipher);

  const orders = await pages(
    (page_token) =>
      sdk.order.getOrderList({
        query: { page_size: 20, sort_field: "update_time", sort_order: "ASC", ...(page_token && { page_token }) },
        body: { update_time_ge: 1 },
      }),
    "orders",
  );
  const ids = orders.rows.slice(0, 3).map((order) => order.id);
  const details = await sdk.order.getOrderDetail({ ids });

  const products = await pages(
    (page_token) =>
      sdk.product.searchProducts({ query: { page_size: 30, ...(page_token && { page_token }) }, body: { status: "ALL" } }),
    "products",
  );
  const product = (await sdk.product.getProduct({ product_id: products.rows[0].id })).data;
  const sku = product.skus[0];
  await sdk.product.updateProductInventory({
    product_id: product.id,
    body: {
      skus: [
        {
          id: sku.id,
          inventory: [{ warehouse_id: sku.inventory[0].warehouse_id, quantity: 33 }],
        },
      ],
    },
  });
  const after = (await sdk.product.getProduct({ product_id: product.id })).data;

  let refused = 0;
  try {
    await sdk.product.getProduct({ product_id: "17" });
  } catch (error) {
    refused = error.code;
  }
  console.log(
    JSON.stringify({
      shop: shop.name,
      rotated: renewed.data.refresh_token !== given.data.refresh_token,
      orders: { ids: orders.rows.map((order) => order.id), pages: orders.count },
      details: details.data.orders.map((order) => order.id),
      products: { ids: products.rows.map((row) => row.id), pages: products.count },
      quantity: after.skus[0].inventory[0].quantity,
      refused,
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
