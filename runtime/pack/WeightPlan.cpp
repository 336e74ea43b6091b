#include "runtime/pack/WeightPlan.h"
#include "runtime/format/Words.h"

#include <algorithm>

namespace v4rt {

using checkpoint::DType;
using checkpoint::TensorInfo;
using format::ElementType;
using format::Layout;

namespace {

struct ElementInfo {
  DType stored;
  uint32_t bytes; // of a unit
};

bool elementInfo(ElementType type, ElementInfo &info) {
  switch (type) {
  case ElementType::f32:
    info = {DType::f32, 4};
    return true;
  case ElementType::bf16:
    info = {DType::bf16, 2};
    return true;
  case ElementType::i32:
    info = {DType::i32, 4};
    return true;
  case ElementType::i64:
    info = {DType::i64, 8};
    return true;
  case ElementType::u8:
    info = {DType::u8, 1};
    return true;
  case ElementType::f8e4m3:
    info = {DType::f8e4m3, 1};
    return true;
  case ElementType::f8e8m0:
    info = {DType::f8e8m0, 1};
    return true;
  case ElementType::f4e2m1:
    info = {DType::i8, 1};
    return true;
  case ElementType::f64:
    info = {DType::f64, 8};
    return true;
  }
  return false;
}

std::string nameOf(const format::WeightT &recipe) {
  return printable(recipe.name.data(), recipe.name.size());
}

Status bad(const format::WeightT &recipe, const char *what) {
  return fail(V4_BAD_ARTIFACT, "weight '%s' %s", nameOf(recipe).c_str(), what);
}

bool multiply(uint64_t &value, uint64_t by) { return !__builtin_mul_overflow(value, by, &value); }

// All of the plan but its sources.
Status planLayout(const format::WeightT &recipe, WeightPlan &plan) {
  ElementInfo element, packed;
  if (!elementInfo(recipe.source_type, element) || !elementInfo(recipe.type, packed))
    return bad(recipe, "has an unknown element type");
  bool narrows = recipe.source_type == ElementType::i64 && recipe.type == ElementType::i32;
  if (recipe.type != recipe.source_type && !narrows)
    return bad(recipe, "changes its type in a way other than i64 to i32");
  bool nibbles = recipe.source_type == ElementType::f4e2m1;
  bool panels = recipe.layout != Layout::row_major;
  bool words = recipe.layout == Layout::panel_words;
  bool interleaved = recipe.layout == Layout::panel || recipe.layout == Layout::panel_nibbles || words;
  if (panels && !interleaved && recipe.layout != Layout::rows)
    return bad(recipe, "has an unknown layout");
  if (words && (recipe.shape.size() != 2 || !format::fillsWords(recipe.type, recipe.shape[1])))
    return bad(recipe, "has the layout panel_words, but its rows do not fill words");
  if (interleaved && !words && nibbles != (recipe.layout == Layout::panel_nibbles))
    return bad(recipe, nibbles ? "is f4e2m1, which goes into panels as panel_nibbles only"
                               : "has the layout panel_nibbles, which is for f4e2m1 only");
  if (panels && (recipe.panel == 0 || recipe.panel > 65536))
    return bad(recipe, "has a panel width outside 1 to 65536");
  if (panels && recipe.shape.empty())
    return bad(recipe, "is a scalar, which has no panels");
  if (panels && recipe.shape.size() > 2)
    return bad(recipe, "has panels and more than two dimensions");
  if (nibbles && recipe.shape.size() < 2)
    return bad(recipe, "is f4e2m1, which comes in matrices only");

  uint64_t rows = 1, columns = 1;
  bool fits = true;
  for (size_t i = 0; i < recipe.shape.size(); ++i) {
    bool isColumn = i > 0 && i + 1 == recipe.shape.size();
    fits &= recipe.shape[i] <= INT64_MAX && multiply(isColumn ? columns : rows, recipe.shape[i]);
  }
  if (nibbles)
    columns = columns / 2 + columns % 2;

  plan = {};
  plan.recipe = &recipe;
  plan.sourceUnitBytes = element.bytes;
  plan.packedUnitBytes = packed.bytes;
  plan.rows = rows;
  plan.columns = columns;
  plan.panel = panels ? recipe.panel : 1;
  plan.interleaved = interleaved;
  plan.panelUnitBytes = words ? format::wordBytes(recipe.type) : packed.bytes;
  if (!panels) {
    fits &= multiply(plan.rows, columns);
    plan.columns = 1;
  }
  uint64_t packedRows = plan.rows / plan.panel + (plan.rows % plan.panel != 0);
  uint64_t bytes = packedRows, all = 0;
  fits &= multiply(bytes, plan.panel) && multiply(bytes, plan.columns) && multiply(bytes, packed.bytes);
  plan.sourcePackedBytes = all = bytes;
  fits &= multiply(all, recipe.sources.size());
  // The source may be twice as large as what it becomes.
  if (!fits || all > INT64_MAX / 2)
    return bad(recipe, "is larger than any file");
  if (panels && plan.columns > kLargestPanelBytes / element.bytes / plan.panel)
    return bad(recipe, "has panels of more than 64 MiB");
  if (recipe.sources.empty())
    return bad(recipe, "has no source");
  return {};
}

std::vector<int64_t> storedShape(const format::WeightT &recipe) {
  std::vector<int64_t> shape(recipe.shape.begin(), recipe.shape.end());
  if (recipe.source_type == ElementType::f4e2m1)
    shape.back() = shape.back() / 2 + shape.back() % 2;
  return shape;
}

} // namespace

Status packedBytes(const format::WeightT &recipe, uint64_t &bytes) {
  WeightPlan plan;
  V4_TRY(planLayout(recipe, plan));
  bytes = plan.sourcePackedBytes * recipe.sources.size();
  return {};
}

Status planWeight(const format::WeightT &recipe, const checkpoint::Checkpoint &checkpoint, WeightPlan &plan) {
  V4_TRY(planLayout(recipe, plan));
  uint64_t bytes = plan.sourcePackedBytes * recipe.sources.size();
  if (recipe.bytes != bytes)
    return fail(V4_BAD_ARTIFACT, "weight '%s' is said to take %llu bytes, but its layout takes %llu",
                nameOf(recipe).c_str(), (unsigned long long)recipe.bytes, (unsigned long long)bytes);

  ElementInfo element;
  elementInfo(recipe.source_type, element);
  std::vector<int64_t> shape = storedShape(recipe);
  for (const std::string &source : recipe.sources) {
    const TensorInfo *tensor = checkpoint.find(source);
    if (!tensor)
      return fail(V4_INVALID_ARGUMENT, "the checkpoint %s has no tensor %s",
                  checkpoint::inQuotes(checkpoint.folder()).c_str(), checkpoint::inQuotes(source).c_str());
    bool isWideScale = element.stored == DType::f8e8m0 && tensor->dtype == DType::f32;
    if ((tensor->dtype != element.stored && !isWideScale) || tensor->shape != shape)
      return fail(V4_INVALID_ARGUMENT, "tensor %s of %s is %s %s, but the program wants %s %s",
                  checkpoint::inQuotes(source).c_str(),
                  checkpoint::inQuotes(checkpoint.pathOf(*tensor)).c_str(),
                  checkpoint::dtypeName(tensor->dtype), checkpoint::shapeText(tensor->shape).c_str(),
                  checkpoint::dtypeName(element.stored), checkpoint::shapeText(shape).c_str());
    plan.sourceUnitBytes = std::max<uint32_t>(plan.sourceUnitBytes, checkpoint::dtypeBytes(tensor->dtype));
    plan.sources.push_back(tensor);
  }
  return {};
}

Status planWeights(const std::vector<std::unique_ptr<format::WeightT>> &recipes, uint64_t sectionBytes,
                   const checkpoint::Checkpoint &checkpoint, std::vector<WeightPlan> &plans) {
  plans.resize(recipes.size());
  for (size_t i = 0; i < recipes.size(); ++i) {
    V4_TRY(planWeight(*recipes[i], checkpoint, plans[i]));
    plans[i].index = i;
  }
  std::sort(plans.begin(), plans.end(), [](const WeightPlan &a, const WeightPlan &b) {
    return a.recipe->offset != b.recipe->offset ? a.recipe->offset < b.recipe->offset
                                                : a.recipe->bytes < b.recipe->bytes;
  });
  uint64_t end = 0;
  for (const WeightPlan &plan : plans) {
    const format::WeightT &recipe = *plan.recipe;
    if (recipe.offset % 64 != 0)
      return bad(recipe, "begins at an offset that is not a multiple of 64");
    if (recipe.offset < end)
      return bad(recipe, "overlaps the weight before it");
    if (recipe.offset > sectionBytes || recipe.bytes > sectionBytes - recipe.offset)
      return bad(recipe, "reaches beyond the end of the weights");
    end = recipe.offset + recipe.bytes;
  }
  return {};
}

} // namespace v4rt
