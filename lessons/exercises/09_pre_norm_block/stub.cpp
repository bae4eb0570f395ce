#include "09_pre_norm_block/task.hpp"

// x and the result: features × tokens.
Var pre_norm_block(Var x, const BlockParts& parts) {
  throw NotWritten();
}
