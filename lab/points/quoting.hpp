// Words of others (labels, names, arguments, what a guest said) in the formats that the program
// writes. Each format has one way in, so that no word can end a field, a table or a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lab {

/// One field of CSV as RFC 4180 has it, in quotes where it must be. What a reader gets back is
/// `text`, byte for byte: nothing is put before a "=" that a spreadsheet would take for a formula.
std::string csv_field(std::string_view text);
/// A whole record, with its line end (one LF).
std::string csv_record(const std::vector<std::string>& fields);

/// Text within one paragraph, list item, heading or table cell of Markdown (CommonMark with
/// GitHub's tables): it shows as it is and is never markup. Line ends become spaces.
std::string markdown_text(std::string_view text);

/// A word of a POSIX shell's command line, in quotes where it must be.
std::string shell_word(std::string_view word);
/// Quotes a word for a line that must stay one line, as a comment's: a word with control characters
/// is written as $'...', which bash and POSIX.1-2024 know.
std::string shell_word_on_one_line(std::string_view word);

/// One line for a terminal or a message: control characters are written as \n, \t, \x1b.
std::string printable(std::string_view text);

}  // namespace lab
