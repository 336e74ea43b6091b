#include "test/Numerics/HostKernelTest.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "runtime/cpu/CpuFeatures.h"

#include <cmath>
#include <dlfcn.h>
#include <limits>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

namespace v4test {

// Scratch memory for the programs of a launch; taken as it is touched.
static constexpr size_t kWorkspaceBytes = size_t(64) << 20;

v4rt::KernelFault LoadedKernels::runChecked(const std::string &kernel, std::vector<void *> buffers,
                                            std::vector<int64_t> bytes, std::array<int64_t, 3> grid,
                                            int64_t rows) const {
  v4rt::KernelFault fault = {};
  auto function = reinterpret_cast<v4rt::KernelFn>(dlsym(library, (kernel + "." + variant).c_str()));
  EXPECT_NE(function, nullptr) << kernel << "." << variant;
  if (!function)
    return fault;
  std::unique_ptr<void, void (*)(void *)> workspace(std::calloc(kWorkspaceBytes, 1), std::free);
  v4rt::KernelArgs args{buffers.data(), rows,   {grid[0], grid[1], grid[2]},
                        bytes.data(),   &fault, static_cast<uint8_t *>(workspace.get())};
  int64_t programs = grid[0] * grid[1] * grid[2];
  function(&args, 0, programs / 3);
  function(&args, programs / 3, programs);
  return fault;
}

void LoadedKernels::run(const std::string &kernel, std::vector<void *> buffers, std::array<int64_t, 3> grid,
                        int64_t rows) const {
  std::vector<int64_t> bytes(buffers.size(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(runChecked(kernel, std::move(buffers), std::move(bytes), grid, rows).count, 0) << kernel;
}

Compiled compile(const std::string &text, unsigned threads, llvm::ArrayRef<mlir::v4::HostVariant> variants) {
  mlir::DialectRegistry registry;
  mlir::v4::registerHostDialects(registry);
  mlir::MLIRContext context(registry);
  Compiled result;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    result.diagnostics += diagnostic.str() + "\n";
    return mlir::success();
  });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return result;
  mlir::v4::HostOptions options;
  options.threads = threads;
  if (const char *folder = std::getenv("V4_DUMP_KERNELS"))
    options.dumpDir = folder;
  result.kernels = mlir::v4::compileKernels(*module, variants, options);
  return result;
}

static bool canRun(const mlir::v4::HostVariant &variant) {
  v4rt::cpu::Features features;
  EXPECT_TRUE(v4rt::cpu::Features::detect(features).ok());
  return llvm::all_of(variant.features, [&](llvm::StringRef feature) { return features.has(feature); });
}

static void forVariants(const std::string &text, llvm::ArrayRef<mlir::v4::HostVariant> variants,
                        const std::function<void(const LoadedKernels &)> &check) {
  Compiled compiled = compile(text, 0, variants);
  ASSERT_TRUE(mlir::succeeded(compiled.kernels)) << compiled.diagnostics;
  int file = memfd_create("kernels", MFD_CLOEXEC);
  ASSERT_GE(file, 0);
  ASSERT_EQ(write(file, compiled.kernels->elf.data(), compiled.kernels->elf.size()),
            ssize_t(compiled.kernels->elf.size()));
  std::string path = "/proc/self/fd/" + std::to_string(file);
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  for (const mlir::v4::HostVariant &variant : variants) {
    SCOPED_TRACE(variant.name.str());
    if (canRun(variant))
      check(LoadedKernels(library, variant.name.str()));
  }
  dlclose(library);
  close(file);
}

void forSimulator(const std::string &text, const std::function<void(const LoadedKernels &)> &check) {
  forVariants(text, mlir::v4::simulatorVariant(), check);
}

void forEachVariant(const std::string &text, const std::function<void(const LoadedKernels &)> &check) {
  forVariants(text, mlir::v4::hostVariants(), check);
  forSimulator(text, check);
}

double ulps(float got, double wanted) {
  float rounded = float(wanted);
  if (std::isnan(got) || std::isnan(rounded))
    return std::isnan(got) && std::isnan(rounded) ? 0 : std::numeric_limits<double>::infinity();
  if (got == rounded)
    return 0;
  if (std::isinf(got) || std::isinf(rounded))
    return std::numeric_limits<double>::infinity();
  double unit = std::ldexp(1.0, std::max(std::ilogb(rounded == 0 ? 1e-45f : rounded), -126) - 23);
  return std::fabs(double(got) - wanted) / unit;
}

std::vector<float> randomFloats(size_t count, uint32_t seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-2.0f, 2.0f);
  std::vector<float> values(count);
  for (float &value : values)
    value = uniform(engine);
  return values;
}

} // namespace v4test
