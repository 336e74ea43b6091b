// A libcuda.so without a GPU: memory is the host's, and the toy model's kernels for the simulated device run
// in place of cubins, which are an ELF header with "FAKE entry arguments warps shared" behind it. Work is
// done when it is asked for, or noted when a stream records.
//
// V4_FAKE_CAPABILITY  90    V4_FAKE_VERSION  12080    V4_FAKE_DEVICES  1    V4_FAKE_MEMORY  bytes
// V4_FAKE_FAIL  name of a function, which then fails with error 999
#include "runtime/cuda/Api.h"
#include "runtime/format/KernelAbi.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace v4rt::cuda;

namespace {
constexpr CUresult kInvalid = 1, kCapturing = 900, kIllegalAddress = 700, kNotFound = 500, kBadImage = 200;
constexpr size_t kElfHeader = 64;

struct Function {
  std::string entry;
  int arguments = 0;
  unsigned warps = 0, shared = 0, sharedAllowed = 48 << 10;
  v4rt::KernelFn kernel = nullptr;
};

struct Work {
  const Function *function;
  std::vector<void *> buffers;
  int32_t rows;
  uint8_t *workspace;
  int64_t grid[3];
};

struct Stream {
  bool capturing = false;
  std::vector<Work> recorded;
};

struct Fake {
  std::map<std::string, long> calls;
  std::map<uintptr_t, size_t> memory;
  std::set<void *> pinned, modules, streams, events, graphs;
  int contexts = 0;
  bool current = false;
} fake;

long setting(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

bool fails(const char *name) {
  ++fake.calls[name];
  const char *wanted = getenv("V4_FAKE_FAIL");
  return wanted && strcmp(wanted, name) == 0;
}

size_t used() {
  size_t bytes = 0;
  for (auto &[address, size] : fake.memory)
    bytes += size;
  return bytes;
}

/// The bytes from `address` to the end of its allocation; 0 if there is none.
int64_t bytesFrom(uintptr_t address) {
  auto after = fake.memory.upper_bound(address);
  if (after == fake.memory.begin())
    return 0;
  --after;
  return after->first + after->second > address ? int64_t(after->first + after->second - address) : 0;
}

CUresult perform(const Work &work) {
  v4rt::KernelArgs args = {work.buffers.data(), work.rows, {work.grid[0], work.grid[1], work.grid[2]}};
  std::vector<int64_t> bytes;
  for (void *buffer : work.buffers)
    bytes.push_back(bytesFrom(reinterpret_cast<uintptr_t>(buffer)));
  v4rt::KernelFault fault = {};
  args.bytes = bytes.data();
  args.fault = &fault;
  args.workspace = work.workspace;
  work.function->kernel(&args, 0, work.grid[0] * work.grid[1] * work.grid[2]);
  return fault.count == 0 ? kSuccess : kIllegalAddress;
}

template <typename T, typename Handle> Handle make(std::set<void *> &all, T *object) {
  all.insert(object);
  return reinterpret_cast<Handle>(object);
}

template <typename T> CUresult destroy(std::set<void *> &all, void *handle) {
  if (all.erase(handle) == 0)
    return kInvalid;
  delete static_cast<T *>(handle);
  return kSuccess;
}
} // namespace

#define FAKE extern "C" __attribute__((visibility("default")))
#define CALLED                                                                                               \
  if (fails(__func__))                                                                                       \
    return 999;
#define IN_CONTEXT                                                                                           \
  CALLED                                                                                                     \
  if (!fake.current)                                                                                         \
    return 201;

FAKE long v4_fake_calls(const char *name) { return fake.calls[name]; }
FAKE void v4_fake_forget() { fake.calls.clear(); }
FAKE long v4_fake_live() {
  return long(fake.memory.size() + fake.pinned.size() + fake.modules.size() + fake.streams.size() +
              fake.events.size() + fake.graphs.size()) +
         fake.contexts;
}

FAKE CUresult cuInit(unsigned) { CALLED return setting("V4_FAKE_DEVICES", 1) > 0 ? kSuccess : kNoDevice; }
FAKE CUresult cuDriverGetVersion(int *version) {
  CALLED *version = int(setting("V4_FAKE_VERSION", 12080));
  return kSuccess;
}
FAKE CUresult cuGetErrorName(CUresult error, const char **name) {
  *name = error == 999               ? "CUDA_ERROR_UNKNOWN"
          : error == kIllegalAddress ? "CUDA_ERROR_ILLEGAL_ADDRESS"
                                     : "CUDA_ERROR";
  return kSuccess;
}
FAKE CUresult cuGetErrorString(CUresult error, const char **text) {
  *text = error == 999               ? "unknown error"
          : error == kIllegalAddress ? "an illegal memory access was encountered"
                                     : "error";
  return kSuccess;
}
FAKE CUresult cuDeviceGetCount(int *count) {
  CALLED *count = int(setting("V4_FAKE_DEVICES", 1));
  return kSuccess;
}
FAKE CUresult cuDeviceGet(CUdevice *device, int) {
  CALLED *device = 0;
  return kSuccess;
}
FAKE CUresult cuDeviceGetName(char *name, int bytes, CUdevice) {
  CALLED snprintf(name, size_t(bytes), "Fake GPU");
  return kSuccess;
}
FAKE CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice) {
  CALLED int capability = int(setting("V4_FAKE_CAPABILITY", 90));
  *value = attribute == kMajorCapability   ? capability / 10
           : attribute == kMinorCapability ? capability % 10
                                           : 232448;
  return kSuccess;
}
FAKE CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice) {
  CALLED++ fake.contexts;
  *context = reinterpret_cast<CUcontext>(&fake);
  return kSuccess;
}
FAKE CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  CALLED-- fake.contexts;
  return kSuccess;
}
FAKE CUresult cuCtxSetCurrent(CUcontext context) {
  CALLED fake.current = context != nullptr;
  return kSuccess;
}
FAKE CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  IN_CONTEXT *total = size_t(setting("V4_FAKE_MEMORY", 1 << 30));
  *free = *total - used();
  return kSuccess;
}
FAKE CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  IN_CONTEXT if (bytes == 0) return kInvalid;
  if (used() + bytes > size_t(setting("V4_FAKE_MEMORY", 1 << 30)))
    return kOutOfMemory;
  auto memory = static_cast<uint8_t *>(aligned_alloc(256, (bytes + 255) / 256 * 256));
  memset(memory, 0xa5, bytes); // a GPU's memory is not zero
  *address = reinterpret_cast<uintptr_t>(memory);
  fake.memory[*address] = bytes;
  return kSuccess;
}
FAKE CUresult cuMemFree_v2(CUdeviceptr address) {
  IN_CONTEXT if (fake.memory.erase(address) == 0) return kInvalid;
  free(reinterpret_cast<void *>(address));
  return kSuccess;
}
FAKE CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned) {
  IN_CONTEXT *address = malloc(bytes);
  fake.pinned.insert(*address);
  return kSuccess;
}
FAKE CUresult cuMemFreeHost(void *address) {
  IN_CONTEXT if (fake.pinned.erase(address) == 0) return kInvalid;
  free(address);
  return kSuccess;
}

static bool isCapturing(CUstream stream) { return stream && reinterpret_cast<Stream *>(stream)->capturing; }

FAKE CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
  IN_CONTEXT if (isCapturing(stream)) return kCapturing;
  if (bytesFrom(to) < int64_t(bytes))
    return kInvalid;
  memcpy(reinterpret_cast<void *>(to), from, bytes);
  return kSuccess;
}
FAKE CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  IN_CONTEXT if (isCapturing(stream)) return kCapturing;
  if (bytesFrom(from) < int64_t(bytes))
    return kInvalid;
  memcpy(to, reinterpret_cast<void *>(from), bytes);
  return kSuccess;
}
FAKE CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  IN_CONTEXT if (isCapturing(stream)) return kCapturing;
  if (bytesFrom(from) < int64_t(bytes) || bytesFrom(to) < int64_t(bytes))
    return kInvalid;
  memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
  return kSuccess;
}
FAKE CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t bytes, CUstream stream) {
  IN_CONTEXT if (isCapturing(stream)) return kCapturing;
  if (bytesFrom(address) < int64_t(bytes))
    return kInvalid;
  memset(reinterpret_cast<void *>(address), value, bytes);
  return kSuccess;
}
FAKE CUresult cuStreamCreate(CUstream *stream, unsigned) {
  IN_CONTEXT *stream = make<Stream, CUstream>(fake.streams, new Stream);
  return kSuccess;
}
FAKE CUresult cuStreamDestroy_v2(CUstream stream) { IN_CONTEXT return destroy<Stream>(fake.streams, stream); }
FAKE CUresult cuStreamSynchronize(CUstream stream) {
  IN_CONTEXT return isCapturing(stream) ? kCapturing : kSuccess;
}
FAKE CUresult cuEventCreate(CUevent *event, unsigned) {
  IN_CONTEXT *event = make<int, CUevent>(fake.events, new int);
  return kSuccess;
}
FAKE CUresult cuEventDestroy_v2(CUevent event) { IN_CONTEXT return destroy<int>(fake.events, event); }
FAKE CUresult cuEventRecord(CUevent, CUstream) { IN_CONTEXT return kSuccess; }
FAKE CUresult cuEventSynchronize(CUevent) { IN_CONTEXT return kSuccess; }

FAKE CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, int *, void **values) {
  IN_CONTEXT auto text = static_cast<const char *>(image);
  bool cubin = memcmp(text,
                      "\x7f"
                      "ELF",
                      4) == 0;
  ++fake.calls[cubin ? "cubin" : "ptx"];
  Function function;
  char entry[64];
  if (sscanf(text + (cubin ? kElfHeader : 0), "FAKE %63s %d %u %u", entry, &function.arguments,
             &function.warps, &function.shared) != 4) {
    snprintf(static_cast<char *>(values[0]), 64, "line 1 is not known");
    return kBadImage;
  }
  function.entry = entry;
  static void *kernels = dlopen(V4_TEST_KERNELS, RTLD_NOW | RTLD_LOCAL);
  function.kernel = reinterpret_cast<v4rt::KernelFn>(dlsym(kernels, (function.entry + ".sim").c_str()));
  *module = make<Function, CUmodule>(fake.modules, new Function(function));
  return function.kernel ? kSuccess : kBadImage;
}
FAKE CUresult cuModuleUnload(CUmodule module) { IN_CONTEXT return destroy<Function>(fake.modules, module); }
FAKE CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  IN_CONTEXT *function = reinterpret_cast<CUfunction>(module);
  return reinterpret_cast<Function *>(module)->entry == name ? kSuccess : kNotFound;
}
FAKE CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value) {
  IN_CONTEXT if (attribute != kDynamicSharedBytes) return kInvalid;
  reinterpret_cast<Function *>(function)->sharedAllowed = unsigned(value);
  return kSuccess;
}
FAKE CUresult cuLaunchKernel(CUfunction handle, unsigned gridX, unsigned gridY, unsigned gridZ,
                             unsigned blockX, unsigned blockY, unsigned blockZ, unsigned shared,
                             CUstream stream, void **parameters, void **) {
  IN_CONTEXT auto function = reinterpret_cast<Function *>(handle);
  if (blockX != 32 * function->warps || blockY != 1 || blockZ != 1 || shared != function->shared ||
      shared > function->sharedAllowed)
    return kInvalid;
  int count = function->arguments;
  Work work = {function, {}, *static_cast<int32_t *>(parameters[count]), {}, {gridX, gridY, gridZ}};
  for (int i = 0; i < count; ++i)
    work.buffers.push_back(*static_cast<void **>(parameters[i]));
  work.workspace = *static_cast<uint8_t **>(parameters[count + 1]);
  for (int i = count + 2; i < count + 4; ++i) // Triton's own
    if (*static_cast<void **>(parameters[i]))
      return kInvalid;
  if (!isCapturing(stream))
    return perform(work);
  reinterpret_cast<Stream *>(stream)->recorded.push_back(work);
  return kSuccess;
}
FAKE CUresult cuStreamBeginCapture_v2(CUstream stream, int) {
  IN_CONTEXT reinterpret_cast<Stream *>(stream)->capturing = true;
  return kSuccess;
}
FAKE CUresult cuStreamEndCapture(CUstream handle, CUgraph *graph) {
  IN_CONTEXT auto stream = reinterpret_cast<Stream *>(handle);
  *graph = make<std::vector<Work>, CUgraph>(fake.graphs, new std::vector<Work>(std::move(stream->recorded)));
  stream->capturing = false;
  stream->recorded.clear();
  return kSuccess;
}
FAKE CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long) {
  IN_CONTEXT *executable = make<std::vector<Work>, CUgraphExec>(
      fake.graphs, new std::vector<Work>(*reinterpret_cast<std::vector<Work> *>(graph)));
  return kSuccess;
}
FAKE CUresult cuGraphLaunch(CUgraphExec executable, CUstream) {
  IN_CONTEXT for (const Work &work : *reinterpret_cast<std::vector<Work> *>(executable)) {
    if (CUresult result = perform(work))
      return result;
  }
  return kSuccess;
}
FAKE CUresult cuGraphDestroy(CUgraph graph) {
  IN_CONTEXT return destroy<std::vector<Work>>(fake.graphs, graph);
}
FAKE CUresult cuGraphExecDestroy(CUgraphExec graph) {
  IN_CONTEXT return destroy<std::vector<Work>>(fake.graphs, graph);
}
