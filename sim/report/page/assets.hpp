#pragma once

// What a page is made of beside its content, built into the program.

#include <span>
#include <string_view>

namespace fleetcast::report {

std::string_view page_style();
/// d3, Observable Plot, then page.js: each a script of its own.
std::span<const std::string_view> page_scripts();

}  // namespace fleetcast::report
