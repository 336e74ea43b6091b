#include "codegen/Report/Roofline.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mlir::v4 {

namespace {

constexpr double kGiga = 1e9, kTera = 1e12;

// SXM boards; rates of dense matrices.
const Device kGpus[] = {{"h100", 3.35 * kTera, 989 * kTera, 1979 * kTera, 80 * kGiga},
                        {"h200", 4.8 * kTera, 989 * kTera, 1979 * kTera, 141 * kGiga}};

/// "31GBps" with the unit "GBps"; false if it is anything but a positive number and that unit.
bool parseQuantity(const std::string &text, const std::string &unit, double &value) {
  if (text.size() <= unit.size() || text.compare(text.size() - unit.size(), unit.size(), unit) != 0)
    return false;
  const char *end = text.data() + text.size() - unit.size();
  auto [rest, code] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  return code == std::errc() && rest == end && std::isfinite(value) && value > 0;
}

bool parseDevice(const std::string &item, std::vector<Device> &devices, std::string &error) {
  for (const Device &gpu : kGpus)
    if (item == gpu.name) {
      devices.push_back(gpu);
      return true;
    }
  double quantity = 0;
  if (item.rfind("cpu:", 0) == 0 && parseQuantity(item.substr(4), "GBps", quantity)) {
    devices.push_back({item, quantity * kGiga});
    return true;
  }
  if (!devices.empty() && devices.back().name.rfind("cpu:", 0) == 0 && !devices.back().bf16 &&
      parseQuantity(item, "GFLOPs", quantity)) {
    devices.back().bf16 = devices.back().fp8 = quantity * kGiga;
    devices.back().name += "," + item;
    return true;
  }
  error = "--target has '" + item + "', wanted h100, h200 or cpu:NGBps, which may be followed by ,NGFLOPs";
  return false;
}

} // namespace

bool parseDevices(const std::string &text, std::vector<Device> &devices, std::string &error) {
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    if (!parseDevice(text.substr(begin, end - begin), devices, error))
      return false;
    begin = end + 1;
  }
  return true;
}

Bound boundOf(const Device &device, const Work &work) {
  double reading = work.bytes / device.bandwidth;
  double computing = device.bf16 ? work.wide / device.bf16 + work.narrow / device.fp8 : 0;
  return {1 / std::max(reading, computing), reading >= computing};
}

} // namespace mlir::v4
