// The page is a frame with holes for styles, data and scripts, all of which are compiled in.
#include <string>

#include "lab/points/point_runner.hpp"
#include "lab/report/page_data.hpp"
#include "lab/report/report.hpp"
#include "lab/report/web_assets.hpp"

namespace lab {
namespace {

// JSON in a script element: the only thing that could end it is "</", and "<!--" changes how it is
// read.
std::string script_safe(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) text += c == '<' ? std::string{"\\u003c"} : std::string(1, c);
  return text;
}

std::string html_safe(const std::string& plain) {
  std::string text;
  for (const char c : plain) {
    text += c == '<' ? std::string{"&lt;"} : c == '&' ? std::string{"&amp;"} : std::string(1, c);
  }
  return text;
}

std::string joined(std::span<const std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

std::string report_html(const RunData& run) {
  const std::string title = html_safe(run.manifest.value("experiment", "run"));
  const std::string data = script_safe(json_text(page_data(run)));
  std::string page;
  const std::string html = joined(web::page_html);
  std::string_view frame = html;
  while (true) {
    const std::size_t open = frame.find("{{");
    const std::size_t close = frame.find("}}");
    page += frame.substr(0, open);
    if (open == std::string_view::npos || close == std::string_view::npos) return page;
    const std::string_view hole = frame.substr(open + 2, close - open - 2);
    page += hole == "title"    ? title
            : hole == "css"    ? joined(web::page_css)
            : hole == "data"   ? data
            : hole == "charts" ? joined(web::charts_js)
            : hole == "vms"    ? joined(web::vms_js)
                               : joined(web::page_js);
    frame.remove_prefix(close + 2);
  }
}

Result<Nothing, Error> write_reports(const RunData& run, const std::filesystem::path& directory) {
  if (const auto written = write_file(directory / "report.md", report_markdown(run)); !written)
    return written;
  return write_file(directory / "report.html", report_html(run));
}

}  // namespace lab
