#include "dialects/V4/IR/V4Dialect.h"
