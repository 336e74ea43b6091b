#include "test/Numerics/HostKernelTest.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <dlfcn.h>
#include <fstream>
#include <limits>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

namespace v4test {

void LoadedKernels::run(const std::string &kernel, std::vector<void *> buffers, std::array<int64_t, 3> grid,
                        int64_t rows) const {
  auto function = reinterpret_cast<v4rt::KernelFn>(dlsym(library, (kernel + "." + variant).c_str()));
  ASSERT_NE(function, nullptr) << kernel << "." << variant;
  v4rt::KernelArgs args{buffers.data(), rows, {grid[0], grid[1], grid[2]}};
  int64_t programs = grid[0] * grid[1] * grid[2];
  function(&args, 0, programs / 3);
  function(&args, programs / 3, programs);
}

Compiled compile(const std::string &text, unsigned threads) {
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
  result.kernels = mlir::v4::compileKernels(*module, mlir::v4::hostVariants(), options);
  return result;
}

static bool canRun(const mlir::v4::HostVariant &variant) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0) {
  }
  std::istringstream words(line);
  std::vector<std::string> present{std::istream_iterator<std::string>(words), {}};
  return llvm::all_of(variant.features,
                      [&](llvm::StringRef feature) { return llvm::is_contained(present, feature); });
}

void forEachVariant(const std::string &text, const std::function<void(const LoadedKernels &)> &check) {
  Compiled compiled = compile(text);
  ASSERT_TRUE(mlir::succeeded(compiled.kernels)) << compiled.diagnostics;
  int file = memfd_create("kernels", MFD_CLOEXEC);
  ASSERT_GE(file, 0);
  ASSERT_EQ(write(file, compiled.kernels->elf.data(), compiled.kernels->elf.size()),
            ssize_t(compiled.kernels->elf.size()));
  std::string path = "/proc/self/fd/" + std::to_string(file);
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  for (const mlir::v4::HostVariant &variant : mlir::v4::hostVariants()) {
    SCOPED_TRACE(variant.name.str());
    if (canRun(variant))
      check(LoadedKernels(library, variant.name.str()));
  }
  dlclose(library);
  close(file);
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

} // namespace v4test
