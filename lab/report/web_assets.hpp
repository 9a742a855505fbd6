// The files of lab/report/web, compiled into the program so that a report needs nothing from
// anywhere.
#pragma once

#include <span>
#include <string_view>

namespace lab::web {

/// A file is the concatenation of its pieces.
extern const std::span<const std::string_view> page_html;  // the frame, with {{holes}}
extern const std::span<const std::string_view> page_css;
extern const std::span<const std::string_view> vms_js;
extern const std::span<const std::string_view> page_js;
extern const std::span<const std::string_view> charts_js;  // nothing if the build had no npm

}  // namespace lab::web
