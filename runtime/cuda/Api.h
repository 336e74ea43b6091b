// The part of the CUDA driver API that is used, as its public documentation declares it: libcuda.so.1 is
// opened at run time, and no header of a CUDA toolkit is needed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace v4rt::cuda {

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = struct CUctx_st *;
using CUmodule = struct CUmod_st *;
using CUfunction = struct CUfunc_st *;
using CUstream = struct CUstream_st *;
using CUevent = struct CUevent_st *;
using CUgraph = struct CUgraph_st *;
using CUgraphExec = struct CUgraphExec_st *;

inline constexpr CUresult kSuccess = 0, kOutOfMemory = 2, kNoDevice = 100;

inline constexpr int kMajorCapability = 75, kMinorCapability = 76,
                     kSharedBytesOptIn = 97;                  // CUdevice_attribute
inline constexpr int kDynamicSharedBytes = 8;                 // CUfunction_attribute
inline constexpr int kJitErrorLog = 5, kJitErrorLogBytes = 6; // CUjit_option
inline constexpr unsigned kStreamNonBlocking = 1, kEventDisableTiming = 2;
inline constexpr int kCaptureThreadLocal = 1; // CUstreamCaptureMode

// name of the table's member, symbol, parameters
#define V4_CUDA_FUNCTIONS(F)                                                                                 \
  F(init, cuInit, (unsigned flags))                                                                          \
  F(driverVersion, cuDriverGetVersion, (int *version))                                                       \
  F(errorName, cuGetErrorName, (CUresult error, const char **name))                                          \
  F(errorString, cuGetErrorString, (CUresult error, const char **text))                                      \
  F(deviceCount, cuDeviceGetCount, (int *count))                                                             \
  F(deviceGet, cuDeviceGet, (CUdevice * device, int ordinal))                                                \
  F(deviceName, cuDeviceGetName, (char *name, int bytes, CUdevice device))                                   \
  F(deviceAttribute, cuDeviceGetAttribute, (int *value, int attribute, CUdevice device))                     \
  F(contextRetain, cuDevicePrimaryCtxRetain, (CUcontext * context, CUdevice device))                         \
  F(contextRelease, cuDevicePrimaryCtxRelease_v2, (CUdevice device))                                         \
  F(contextSetCurrent, cuCtxSetCurrent, (CUcontext context))                                                 \
  F(memoryInfo, cuMemGetInfo_v2, (size_t *free, size_t *total))                                              \
  F(memoryAllocate, cuMemAlloc_v2, (CUdeviceptr * address, size_t bytes))                                    \
  F(memoryFree, cuMemFree_v2, (CUdeviceptr address))                                                         \
  F(hostAllocate, cuMemHostAlloc, (void **address, size_t bytes, unsigned flags))                            \
  F(hostFree, cuMemFreeHost, (void *address))                                                                \
  F(copyToDevice, cuMemcpyHtoDAsync_v2, (CUdeviceptr to, const void *from, size_t bytes, CUstream stream))   \
  F(copyToHost, cuMemcpyDtoHAsync_v2, (void *to, CUdeviceptr from, size_t bytes, CUstream stream))           \
  F(copyOnDevice, cuMemcpyDtoDAsync_v2, (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream))   \
  F(fill, cuMemsetD8Async, (CUdeviceptr address, unsigned char value, size_t bytes, CUstream stream))        \
  F(streamCreate, cuStreamCreate, (CUstream * stream, unsigned flags))                                       \
  F(streamDestroy, cuStreamDestroy_v2, (CUstream stream))                                                    \
  F(streamSynchronize, cuStreamSynchronize, (CUstream stream))                                               \
  F(eventCreate, cuEventCreate, (CUevent * event, unsigned flags))                                           \
  F(eventDestroy, cuEventDestroy_v2, (CUevent event))                                                        \
  F(eventRecord, cuEventRecord, (CUevent event, CUstream stream))                                            \
  F(eventSynchronize, cuEventSynchronize, (CUevent event))                                                   \
  F(moduleLoad, cuModuleLoadDataEx,                                                                          \
    (CUmodule * module, const void *image, unsigned options, int *names, void **values))                     \
  F(moduleUnload, cuModuleUnload, (CUmodule module))                                                         \
  F(moduleFunction, cuModuleGetFunction, (CUfunction * function, CUmodule module, const char *name))         \
  F(functionSetAttribute, cuFuncSetAttribute, (CUfunction function, int attribute, int value))               \
  F(launchKernel, cuLaunchKernel,                                                                            \
    (CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,  \
     unsigned blockZ, unsigned sharedBytes, CUstream stream, void **parameters, void **extra))               \
  F(captureBegin, cuStreamBeginCapture_v2, (CUstream stream, int mode))                                      \
  F(captureEnd, cuStreamEndCapture, (CUstream stream, CUgraph * graph))                                      \
  F(graphInstantiate, cuGraphInstantiateWithFlags,                                                           \
    (CUgraphExec * executable, CUgraph graph, unsigned long long flags))                                     \
  F(graphLaunch, cuGraphLaunch, (CUgraphExec executable, CUstream stream))                                   \
  F(graphDestroy, cuGraphDestroy, (CUgraph graph))                                                           \
  F(graphExecDestroy, cuGraphExecDestroy, (CUgraphExec executable))

} // namespace v4rt::cuda
