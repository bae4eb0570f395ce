#pragma once
// The mistakes that are made in normalization, each once: what it is called, what it does, where
// it happened. Whoever speaks of a mistake takes its words from here.

#include <string_view>
#include <vector>

namespace evenkeel::audit {

/// The quantity in which a mistake is seen.
enum class Seen { in_y, in_running, in_dx, in_dgamma, in_dbeta };

struct Mistake {
  std::string_view id;  ///< "eps_outside_root"
  Seen seen;
  std::string_view says;    ///< one sentence for a student: what was done
  std::string_view right;   ///< the formula as it should be
  std::string_view wrong;   ///< the formula as it is
  std::string_view source;  ///< repository and number where it happened in public; "": none known
};

/// In the order in which they are tried where several explain a file equally well.
const std::vector<Mistake>& mistakes();

/// Throws Error for an id that is not in the table.
const Mistake& mistake(std::string_view id);

}  // namespace evenkeel::audit
