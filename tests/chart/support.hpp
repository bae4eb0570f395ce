#pragma once

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <boost/property_tree/xml_parser.hpp>

#include "evenkeel/base/terminal.hpp"
#include "evenkeel/chart/draw.hpp"

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/file.hpp"

#include "lines.hpp"
#include "scratch.hpp"

using evenkeel_test::contains, evenkeel_test::lines_of;
using evenkeel_test::Environment, evenkeel_test::Scratch, evenkeel_test::bytes_of;

inline void write_file(const std::filesystem::path& path, const std::string& text) {
  evenkeel::FileWriter file("test", path);
  file.write(text);
  file.commit();
}

/// A text of an SVG, where it stands in pixels, and which of its ends stands there.
struct SvgText {
  std::string words;
  double x, y;
  std::string anchor;
};

inline void collect_texts(const boost::property_tree::ptree& node, std::vector<SvgText>& texts) {
  for (const auto& [tag, child] : node) {
    if (const auto text = child.get_child_optional("text"); tag == "g" && text) {
      SvgText found{"", 0, 0, child.get<std::string>("<xmlattr>.text-anchor", "")};
      const auto place = child.get<std::string>("<xmlattr>.transform", "");
      std::sscanf(place.c_str(), "translate(%lf,%lf)", &found.x, &found.y);
      for (const auto& [kind, part] : *text) found.words += kind == "tspan" ? part.data() : "";
      texts.push_back(found);
    }
    collect_texts(child, texts);
  }
}

/// The texts of an SVG in the order in which they were drawn. Throws if it is no XML.
inline std::vector<SvgText> texts_of(const std::string& svg) {
  // What the parser lets pass and browsers do not.
  for (const std::string& line : lines_of(svg))
    if (evenkeel::printable(line) != line && line.find('\t') == std::string::npos)
      throw std::runtime_error("no text: " + line);
  if (svg.find("]]>") != std::string::npos) throw std::runtime_error("]]> in a text");
  std::istringstream stream(svg);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(stream, tree);
  std::vector<SvgText> texts;
  collect_texts(tree.get_child("svg"), texts);
  return texts;
}

inline std::string svg_of(const evenkeel::Figure& figure) {
  const Scratch directory;
  const auto result = evenkeel::save(figure, directory.path(), "c", {evenkeel::Format::svg});
  if (!result.drawn()) throw std::runtime_error(result.problem);
  return bytes_of(directory / "c.svg");
}

/// A file that is no terminal, and what was written to it.
class Capture {
 public:
  ~Capture() { std::fclose(file_); }

  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    std::string text(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

 private:
  std::FILE* file_ = std::tmpfile();
};
