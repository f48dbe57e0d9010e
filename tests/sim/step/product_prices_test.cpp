#include "sim/step/product_prices.hpp"

#include "tests/catch.hpp"

namespace fleetcast {
namespace {

Product product(double m, Dtype format = Dtype::kBf16) {
  return {.shape = {m, 1024, 512, 1}, .format = format};
}

TEST_CASE("a product is priced once, until prices are cleared", "[step]") {
  ProductPrices prices;
  int priced = 0;
  const auto price = [&] { return Seconds{1.0 * ++priced}; };
  CHECK(prices.find_or_price(product(256), price) == Seconds{1});
  CHECK(prices.find_or_price(product(256), price) == Seconds{1});
  prices.clear();
  CHECK(prices.find_or_price(product(256), price) == Seconds{2});
}

TEST_CASE("products that differ in anything have prices of their own", "[step]") {
  Product accumulating = product(256), grouped = product(256), blocks = product(256);
  accumulating.epilogue = Bytes{6};
  grouped.grouped = true;
  blocks.scaling = Scaling::kBlock;
  const std::array products{product(256), product(257), product(256, Dtype::kFp8),
                            accumulating, grouped,      blocks};
  ProductPrices prices;
  double next = 0.0;
  for (const Product& p : products) prices.find_or_price(p, [&] { return Seconds{++next}; });
  CHECK(next == static_cast<double>(products.size()));
}

TEST_CASE("more products than there are places still have their own prices", "[step]") {
  ProductPrices prices;
  for (int round = 0; round < 2; ++round)
    for (int m = 1; m <= 20000; ++m)
      CHECK(prices.find_or_price(product(m), [&] { return Seconds{1.0 * m}; }) == Seconds{1.0 * m});
}

}  // namespace
}  // namespace fleetcast
