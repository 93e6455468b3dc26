// Who may do what, as Windows tells it. A file of its own: Wine answers these questions in one way only, so that a test
// gives answers of its own.
#include "launch.hpp"
#include "windows.hpp"

namespace iscbridge::client {

bool may_not_start() { return has_more_than_usual(); }

bool is_own_process(DWORD process_id) {
    const Handle process(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process_id));
    const std::wstring theirs = process ? user_sid(process.get()) : std::wstring();
    return !theirs.empty() && theirs == user_sid(GetCurrentProcess());
}

}  // namespace iscbridge::client
