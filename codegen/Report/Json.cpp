#include "codegen/Report/Report.h"

#include "llvm/Support/JSON.h"

namespace mlir::v4 {

namespace {

using llvm::json::OStream;

void shares(OStream &out, llvm::StringRef name, const Shares &shares, double all) {
  out.attributeObject(name, [&] {
    for (const Share &share : shares)
      out.attribute(share.key, share.value);
    out.attribute("all", all);
  });
}

void parameters(OStream &out, const Report &r) {
  auto part = [&](llvm::StringRef name, double total, double active) {
    out.attributeObject(name, [&] {
      out.attribute("total", total);
      out.attribute("active", active);
    });
  };
  out.attributeObject("parameters", [&] {
    for (const ParameterShare &share : r.parts)
      part(share.key, share.cost.total, share.cost.active);
    part("all", r.parameters.total(), r.parameters.active());
  });
}

void weights(OStream &out, const Report &r) {
  out.attributeObject("weights", [&] {
    out.attribute("measured", r.measuredFormats);
    out.attribute("stored_bytes", r.weights.stored);
    out.attribute("read_bytes_a_token", r.weights.read);
    out.attribute("read_fp8_bytes", r.weights.readF8);
    out.attribute("read_fp4_bytes", r.weights.readF4);
    out.attribute("read_other_bytes", r.weights.readWide);
  });
}

void roofline(OStream &out, const Report &r, const ContextCosts &at) {
  out.attributeArray("roofline", [&] {
    for (size_t i = 0; i < r.devices.size(); ++i)
      out.object([&] {
        out.attribute("target", r.devices[i].name);
        out.attribute("tokens_a_second", at.bounds[i].tokensPerSecond);
        out.attribute("bound", at.bounds[i].byBandwidth ? "bandwidth" : "operations");
        if (r.devices[i].memory)
          out.attribute("devices_needed", r.devicesNeeded(r.devices[i], at));
      });
  });
}

void gains(OStream &out, llvm::StringRef name, const GainCurve &curve) {
  out.attributeObject(name, [&] {
    out.attribute("log10_row", curve.rows.back());
    out.attribute("log10_column", curve.columns.back());
    out.attributeArray("log10_by_mapping", [&] {
      for (size_t depth = 0; depth < curve.rows.size(); ++depth)
        out.value(curve.larger(depth));
    });
  });
}

void stability(OStream &out, const Report &r) {
  out.attributeArray("stability", [&] {
    for (const Stability &s : r.stability)
      out.object([&] {
        out.attribute("source", s.source);
        out.attribute("tokens", s.tokens);
        out.attribute("mappings", static_cast<int64_t>(s.mappings()));
        gains(out, "projected", s.projected);
        gains(out, "raw", s.unprojected);
      });
  });
  if (!r.stabilityNote.empty())
    out.attribute("stability_note", r.stabilityNote);
}

void context(OStream &out, const Report &r, const ContextCosts &at) {
  out.object([&] {
    out.attribute("context", static_cast<int64_t>(at.context));
    shares(out, "operations", at.operations, at.costs.equivalent());
    out.attribute("operations_counted_once", at.costs.plain());
    shares(out, "cache_bytes", at.cache, at.cacheBytes);
    out.attribute("cache_bytes_a_token", at.cacheBytes / at.context);
    roofline(out, r, at);
    if (!r.against)
      return;
    out.attributeObject("v3.2", [&] {
      shares(out, "operations", at.operationsOfV32, at.costsOfV32.equivalent());
      out.attribute("operations_counted_once", at.costsOfV32.plain());
      out.attribute("cache_bytes", at.cacheBytesOfV32);
      out.attribute("operations_ratio", at.operationsRatio());
      out.attribute("operations_counted_once_ratio", at.plainRatio());
      out.attribute("cache_ratio", r.cacheRatio());
    });
  });
}

} // namespace

std::string writeJson(const Report &r) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream out(stream, /*IndentSize=*/2);
  out.object([&] {
    out.attribute("model", r.title);
    out.attribute("layers", r.config.layers);
    parameters(out, r);
    weights(out, r);
    out.attribute("growing_cache_bytes_a_token", r.cache.growing());
    out.attributeArray("contexts", [&] {
      for (const ContextCosts &at : r.contexts)
        context(out, r, at);
    });
    stability(out, r);
    out.attributeArray("conventions", [&] {
      for (const std::string &sentence : conventions(r))
        out.value(sentence);
    });
  });
  stream << "\n";
  return text;
}

} // namespace mlir::v4
