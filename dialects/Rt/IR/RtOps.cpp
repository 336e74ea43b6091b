#include "dialects/Rt/IR/RtDialect.h"
