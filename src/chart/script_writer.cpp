#include "script_writer.hpp"

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <unistd.h>

#include <gnuplot-iostream.h>

#include "evenkeel/chart/output_file.hpp"

namespace evenkeel::detail {
namespace {

// gnuplot-iostream writes to a file descriptor. Ours is a file without a name, which is read back:
// gnuplot itself then runs on its own, where it can be given a time limit.
std::FILE* nameless_file() {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) throw FileError("a temporary file", std::generic_category().message(errno));
  return file;
}

}  // namespace

struct ScriptWriter::Stream {
  std::FILE* file = nameless_file();
  Gnuplot gnuplot{file};  // closes the file
};

ScriptWriter::ScriptWriter() : stream_(std::make_unique<Stream>()) {
  // Eight digits are more than a picture can show, and a script stays readable.
  stream_->gnuplot << std::defaultfloat << std::setprecision(8);
}

ScriptWriter::~ScriptWriter() = default;

void ScriptWriter::command(std::string_view line) {
  stream_->gnuplot << line << "\n";
}

void ScriptWriter::data(std::string_view name, const std::vector<std::vector<double>>& columns) {
  // send1d ends its data with a line "e", which here ends the block.
  stream_->gnuplot << "$" << name << " << e\n";
  stream_->gnuplot.send1d_colmajor(columns);
}

std::string ScriptWriter::text() {
  stream_->gnuplot.flush();
  if (!stream_->gnuplot) throw FileError("a temporary file", "the disk may be full");
  std::string text;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = pread(fileno(stream_->file), buffer, sizeof buffer,
                      static_cast<off_t>(text.size()))) > 0)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace evenkeel::detail
