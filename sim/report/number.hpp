#pragma once

// Numbers as people write them: three digits, thousands apart, a unit of a handy size.

#include <string>

#include "models/base/quantity.hpp"

namespace fleetcast::report {

std::string whole(double number);         ///< "7,424"
std::string three_digits(double number);  ///< "12,300", "412", "33.1", "1.23", "0.012"
std::string amount(double number);        ///< "13 T", "6.5 T", "512"
std::string percent(double ratio);        ///< "41 %", "3.4 %"
std::string money(Dollars dollars);       ///< "$412 M"
std::string duration(Seconds time);       ///< "33.1 s", "12.4 min", "3.09 h"
std::string days(double count);           ///< "88 days", "3.4 days", "5.1 h"
std::string power(Watts watts);           ///< "15.2 MW"
std::string energy(Joules energy);        ///< "24.6 GWh"
std::string mass(Grams grams);            ///< "9,840 t"
std::string bytes(Bytes size);            ///< "1.07 GB", "512 B"
std::string gib(Bytes bytes);             ///< "61.2", "30,114"

}  // namespace fleetcast::report
