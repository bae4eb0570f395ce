#pragma once
// A trace read back from its file: to step through a run that is over.
//
//   step_through(read_trace("run.json"));

#include <filesystem>
#include <string_view>

#include "evenkeel/trace/trace.hpp"

namespace evenkeel {

/// Throws Error for what is no trace of version 1: no JSON, a part that misses, an input that does
/// not stand before its node.
Trace trace_from_json(std::string_view json);
Trace read_trace(const std::filesystem::path& file);

}  // namespace evenkeel
