// Kernels through Triton's own compiler, its cache and overrides. Skipped without Triton, unless
// V4C_REQUIRE_TRITON is set.
#include "codegen/Triton/GpuCodegen.h"
#include "codegen/Triton/TritonWorker.h"
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace mlir::v4 {
namespace {

constexpr const char *kTwice = R"(
tile.kernel @twice(%x: memref<?x64xf32>, %y: memref<?x64xf32>) {
  %row = tile.program_id 0
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%row, %c0] : memref<?x64xf32> -> tensor<64xf32>
  %1 = arith.addf %0, %0 : tensor<64xf32>
  tile.store %1, %y[%row, %c0] : tensor<64xf32>, memref<?x64xf32>
  tile.return
}
)";

// 64 rows of activations by 128 columns of weights a program.
constexpr const char *kProducts = R"(
tile.kernel @bf16(%a: memref<?x4096xbf16>, %w: memref<4096x32768xbf16>, %out: memref<?x32768xbf16>) {
  %x = tile.program_id 0
  %y = tile.program_id 1
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c4096 = arith.constant 4096 : index
  %n = arith.muli %x, %c128 : index
  %m = arith.muli %y, %c64 : index
  %zero = arith.constant dense<0.0> : tensor<64x128xf32>
  %r = scf.for %k = %c0 to %c4096 step %c64 iter_args(%acc = %zero) -> (tensor<64x128xf32>) {
    %at = tile.load %a[%m, %k] : memref<?x4096xbf16> -> tensor<64x64xbf16>
    %bt = tile.load %w[%k, %n] : memref<4096x32768xbf16> -> tensor<64x128xbf16>
    %d = tile.dot %at, %bt, %acc : tensor<64x64xbf16>, tensor<64x128xbf16> -> tensor<64x128xf32>
    scf.yield %d : tensor<64x128xf32>
  }
  %s = arith.truncf %r : tensor<64x128xf32> to tensor<64x128xbf16>
  tile.store %s, %out[%m, %n] : tensor<64x128xbf16>, memref<?x32768xbf16>
  tile.return
}
tile.kernel @e2m1(%a: memref<?x4096xbf16>, %w: memref<32768x2048xi8>, %s: memref<32768x128xi8>, %out: memref<32768x64xf32>) {
  %x = tile.program_id 0
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %n = arith.muli %x, %c128 : index
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %r = scf.for %i = %c0 to %c32 step %c1 iter_args(%acc = %zero) -> (tensor<128x64xf32>) {
    %k = arith.muli %i, %c128 : index
    %kb = arith.muli %i, %c64 : index
    %ks = arith.muli %i, %c4 : index
    %at = tile.load %a[%c0, %k] : memref<?x4096xbf16> -> tensor<64x128xbf16>
    %bt = tile.transpose %at : tensor<64x128xbf16> -> tensor<128x64xbf16>
    %wt = tile.load %w[%n, %kb] : memref<32768x2048xi8> -> tensor<128x64xi8>
    %st = tile.load %s[%n, %ks] : memref<32768x128xi8> -> tensor<128x4xi8>
    %d = tile.scaled_dot %wt, %st, %bt, %acc as e2m1 : tensor<128x64xi8>, tensor<128x4xi8>, tensor<128x64xbf16> -> tensor<128x64xf32>
    scf.yield %d : tensor<128x64xf32>
  }
  tile.store %r, %out[%n, %c0] : tensor<128x64xf32>, memref<32768x64xf32>
  tile.return
}
)";

class TritonTest : public ::testing::Test {
protected:
  void SetUp() override {
    llvm::Expected<std::string> python = findTritonPython("");
    if (!python) {
      std::string why = llvm::toString(python.takeError());
      ASSERT_FALSE(std::getenv("V4C_REQUIRE_TRITON")) << why;
      GTEST_SKIP() << why;
    }
    SmallString<128> made;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("triton-test", made));
    folder = made.str().str();
    DialectRegistry registry;
    registerGpuDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        errors += diagnostic.str() + "\n";
    });
  }
  void TearDown() override {
    if (!folder.empty())
      llvm::sys::fs::remove_directories(folder);
  }

  GpuOptions options(StringRef target) {
    GpuOptions result;
    result.target = *findGpuTarget(target);
    result.cacheDir = folder + "/cache";
    return result;
  }
  OwningOpRef<ModuleOp> parse(StringRef text) { return parseSourceString<ModuleOp>(text, &context); }
  std::string file(const llvm::Twine &name) {
    auto buffer = llvm::MemoryBuffer::getFile(folder + "/" + name);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  void write(const llvm::Twine &name, StringRef text) {
    std::error_code error;
    llvm::raw_fd_ostream((folder + "/" + name).str(), error) << text;
    ASSERT_FALSE(error);
  }

  // All kernels of the FileCheck tests, under different names.
  OwningOpRef<ModuleOp> conversionTests() {
    OwningOpRef<ModuleOp> all = ModuleOp::create(UnknownLoc::get(&context));
    SymbolTable symbols(*all);
    for (StringRef name : {"memory.mlir", "arithmetic.mlir", "barriers.mlir"}) {
      auto buffer = llvm::MemoryBuffer::getFile(llvm::Twine(V4C_CONVERSION_TESTS "/") + name);
      EXPECT_TRUE(buffer) << name.str();
      SmallVector<StringRef> parts;
      (*buffer)->getBuffer().split(parts, "// -----");
      for (StringRef part : parts) {
        OwningOpRef<ModuleOp> module = parse(part);
        EXPECT_TRUE(module) << part.str();
        for (auto kernel : llvm::make_early_inc_range(module->getOps<tile::KernelOp>())) {
          kernel->remove();
          symbols.insert(kernel);
        }
      }
    }
    return all;
  }

  std::string folder, errors;
  MLIRContext context;
};

TEST_F(TritonTest, AllOpsCompileForAllTargets) {
  OwningOpRef<ModuleOp> module = conversionTests();
  for (const GpuTarget &target : gpuTargets()) {
    FailureOr<GpuKernels> kernels = compileGpuKernels(*module, options(target.name));
    ASSERT_TRUE(succeeded(kernels)) << target.name.str() << ": " << errors;
    EXPECT_GT(kernels->kernels.size(), 15u);
    for (const GpuKernel &kernel : kernels->kernels) {
      EXPECT_EQ(kernel.entry, kernel.name);
      EXPECT_EQ(kernel.cubin.substr(1, 3), "ELF");
      EXPECT_NE(kernel.ptx.find(".entry " + kernel.entry), std::string::npos);
      EXPECT_GE(kernel.ptxVersion, 80u);
      EXPECT_GT(kernel.registers, 0u);
      EXPECT_EQ(kernel.spillBytes, 0u) << kernel.name;
    }
  }
}

TEST_F(TritonTest, ProductsUseTensorCoresAndWideLoads) {
  OwningOpRef<ModuleOp> module = parse(kProducts);
  ASSERT_TRUE(module);
  for (auto [target, instruction] : {std::pair("sm_80", "mma.sync"), std::pair("sm_90a", "wgmma.mma_async"),
                                     std::pair("sm_100a", "tcgen05.mma"), std::pair("sm_120", "mma.sync")}) {
    FailureOr<GpuKernels> kernels = compileGpuKernels(*module, options(target));
    ASSERT_TRUE(succeeded(kernels)) << errors;
    for (const GpuKernel &kernel : kernels->kernels) {
      EXPECT_NE(kernel.ptx.find(instruction), std::string::npos) << target << " " << kernel.name;
      if (kernel.ptx.find("mma.sync") == std::string::npos) // those keep weights in registers
        EXPECT_EQ(kernel.spillBytes, 0u) << target << " " << kernel.name;
    }
    EXPECT_NE(kernels->kernels.front().ptx.find("cp.async.cg.shared.global"), std::string::npos) << target;
  }
}

TEST_F(TritonTest, CachesByContent) {
  OwningOpRef<ModuleOp> module = parse(kTwice);
  GpuOptions first = options("sm_90a");
  size_t reported = 0;
  first.progress = [&](size_t done, size_t total, StringRef kernel) {
    reported = done;
    EXPECT_EQ(total, 1u);
    EXPECT_EQ(kernel, "twice");
  };
  FailureOr<GpuKernels> compiled = compileGpuKernels(*module, first);
  ASSERT_TRUE(succeeded(compiled)) << errors;
  EXPECT_EQ(reported, 1u);
  EXPECT_EQ(compiled->kernels[0].source, GpuKernel::Source::compiled);

  // From the cache there is no need for Triton.
  GpuOptions second = options("sm_90a");
  second.python = folder + "/none";
  FailureOr<GpuKernels> cached = compileGpuKernels(*module, second);
  ASSERT_TRUE(succeeded(cached)) << errors;
  const GpuKernel &kernel = cached->kernels[0];
  EXPECT_EQ(kernel.source, GpuKernel::Source::cache);
  EXPECT_EQ(kernel.cubin, compiled->kernels[0].cubin);
  EXPECT_EQ(kernel.ptx, compiled->kernels[0].ptx);
  EXPECT_EQ(kernel.metadata, compiled->kernels[0].metadata);
  EXPECT_EQ(kernel.registers, compiled->kernels[0].registers);
  EXPECT_EQ(kernel.warps, 4u);

  // Other warps are another entry.
  module->walk(
      [&](tile::KernelOp op) { op->setAttr("tile.num_warps", OpBuilder(&context).getI32IntegerAttr(8)); });
  FailureOr<GpuKernels> wide = compileGpuKernels(*module, options("sm_90a"));
  ASSERT_TRUE(succeeded(wide)) << errors;
  EXPECT_EQ(wide->kernels[0].source, GpuKernel::Source::compiled);
  EXPECT_EQ(wide->kernels[0].warps, 8u);
}

TEST_F(TritonTest, CompilesWhatIsDamagedInTheCacheAgain) {
  OwningOpRef<ModuleOp> module = parse(kTwice);
  ASSERT_TRUE(succeeded(compileGpuKernels(*module, options("sm_90a")))) << errors;
  std::error_code error;
  unsigned entries = 0;
  for (llvm::sys::fs::recursive_directory_iterator it(folder + "/cache", error), end; it != end && !error;
       it.increment(error)) {
    if (!llvm::sys::path::filename(it->path()).starts_with("llvmcache-")) // when it was looked through
      continue;
    ++entries;
    std::string text = (*llvm::MemoryBuffer::getFile(it->path()))->getBuffer().str();
    text[text.size() / 2] ^= 1;
    llvm::raw_fd_ostream(it->path(), error) << text;
  }
  EXPECT_EQ(entries, 1u);
  FailureOr<GpuKernels> again = compileGpuKernels(*module, options("sm_90a"));
  ASSERT_TRUE(succeeded(again)) << errors;
  EXPECT_EQ(again->kernels[0].source, GpuKernel::Source::compiled);
  FailureOr<GpuKernels> cached = compileGpuKernels(*module, options("sm_90a"));
  ASSERT_TRUE(succeeded(cached)) << errors;
  EXPECT_EQ(cached->kernels[0].source, GpuKernel::Source::cache);
}

TEST_F(TritonTest, DumpsAndTakesBack) {
  OwningOpRef<ModuleOp> module = parse(kTwice);
  GpuOptions dumping = options("sm_90a");
  dumping.dumpDir = folder + "/dump";
  FailureOr<GpuKernels> compiled = compileGpuKernels(*module, dumping);
  ASSERT_TRUE(succeeded(compiled)) << errors;
  EXPECT_NE(file("dump/twice.tile.mlir").find("tile.kernel @twice"), std::string::npos);
  EXPECT_NE(file("dump/twice.ttir").find("tt.func public @twice"), std::string::npos);
  EXPECT_NE(file("dump/twice.json").find("\"num_warps\": 4"), std::string::npos);
  EXPECT_NE(file("dump/twice.sass").find("EXIT"), std::string::npos);

  GpuOptions replacing = options("sm_90a");
  replacing.overrideDir = folder + "/dump";
  FailureOr<GpuKernels> replaced = compileGpuKernels(*module, replacing);
  ASSERT_TRUE(succeeded(replaced)) << errors;
  EXPECT_EQ(replaced->kernels[0].source, GpuKernel::Source::override);
  EXPECT_EQ(replaced->kernels[0].cubin, compiled->kernels[0].cubin);
  EXPECT_EQ(replaced->kernels[0].registers, compiled->kernels[0].registers);

  // PTX alone is assembled.
  llvm::sys::fs::remove(folder + "/dump/twice.cubin");
  FailureOr<GpuKernels> assembled = compileGpuKernels(*module, replacing);
  ASSERT_TRUE(succeeded(assembled)) << errors;
  EXPECT_EQ(assembled->kernels[0].cubin.substr(1, 3), "ELF");
  EXPECT_EQ(assembled->kernels[0].registers, compiled->kernels[0].registers);

  write("dump/twice.json", "{\"name\": \"twice\", \"shared\": 0}");
  EXPECT_TRUE(failed(compileGpuKernels(*module, replacing)));
  EXPECT_NE(errors.find("twice.json lacks a name, num_warps from 1 to 32"), std::string::npos) << errors;
}

TEST_F(TritonTest, SaysWhatIsMissing) {
  OwningOpRef<ModuleOp> module = parse(kTwice);
  GpuOptions nowhere = options("sm_90a");
  nowhere.python = folder + "/bin/python";
  EXPECT_TRUE(failed(compileGpuKernels(*module, nowhere)));
  EXPECT_NE(errors.find("found no Python with Triton 3.6.0: there is no " + nowhere.python),
            std::string::npos)
      << errors;
  EXPECT_NE(errors.find("tools/install-deps.sh installs it"), std::string::npos) << errors;

  errors.clear();
  nowhere.python = "/bin/true";
  EXPECT_TRUE(failed(compileGpuKernels(*module, nowhere)));
  EXPECT_NE(errors.find("no Triton in /bin/true: Triton's process ended"), std::string::npos) << errors;
}

TEST_F(TritonTest, NamesTheKernelThatDoesNotCompile) {
  // More than any program's shared memory, in one stage too.
  OwningOpRef<ModuleOp> module = parse(R"(
tile.kernel @huge(%a: memref<256x512xbf16>, %b: memref<512x64xbf16>, %out: memref<256x64xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tile.load %a[%c0, %c0] : memref<256x512xbf16> -> tensor<256x512xbf16>
  %1 = tile.load %b[%c0, %c0] : memref<512x64xbf16> -> tensor<512x64xbf16>
  %zero = arith.constant dense<0.0> : tensor<256x64xf32>
  %2 = tile.dot %0, %1, %zero : tensor<256x512xbf16>, tensor<512x64xbf16> -> tensor<256x64xf32>
  tile.store %2, %out[%c0, %c0] : tensor<256x64xf32>, memref<256x64xf32>
  tile.return
}
)");
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(compileGpuKernels(*module, options("sm_90a"))));
  EXPECT_NE(errors.find("kernel 'huge': takes "), std::string::npos) << errors;
  EXPECT_NE(errors.find("bytes of shared memory, but sm_90a has 232448"), std::string::npos) << errors;
}

} // namespace
} // namespace mlir::v4
