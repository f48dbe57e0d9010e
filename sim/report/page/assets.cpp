#include "sim/report/page/assets.hpp"

#include <array>

// Where the assembler put the files (assets.s.in).
extern "C" {
extern const char fleetcast_page_css[], fleetcast_page_css_end[];
extern const char fleetcast_d3_js[], fleetcast_d3_js_end[];
extern const char fleetcast_plot_js[], fleetcast_plot_js_end[];
extern const char fleetcast_page_js[], fleetcast_page_js_end[];
}

namespace fleetcast::report {

std::string_view page_style() { return {fleetcast_page_css, fleetcast_page_css_end}; }

std::span<const std::string_view> page_scripts() {
  static const std::array<std::string_view, 3> scripts{
      std::string_view{fleetcast_d3_js, fleetcast_d3_js_end},
      std::string_view{fleetcast_plot_js, fleetcast_plot_js_end},
      std::string_view{fleetcast_page_js, fleetcast_page_js_end}};
  return scripts;
}

}  // namespace fleetcast::report
