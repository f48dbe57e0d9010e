# Writes OUT: a function that returns the SHA-256 of the FILES (a list), which price plans.
set(sums "")
foreach(file IN LISTS FILES)
  file(SHA256 ${file} sum)
  string(APPEND sums "${sum}\n")
endforeach()
string(SHA256 version "${sums}")
file(WRITE ${OUT} "#include \"sim/sweep/inputs.hpp\"

namespace fleetcast::sweep {
std::string_view model_version() { return \"${version}\"; }
}  // namespace fleetcast::sweep
")
