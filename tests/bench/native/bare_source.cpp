// The baseline's source of events: when told to, it writes a line as long as the SDK process would.
#include "common.hpp"

int main() {
    Control control;
    if (!control.open()) {
        return 1;
    }
    const std::string raw = update_notice();
    std::string quoted;
    for (const char c : raw) {
        quoted += c == '"' ? "\\\"" : std::string(1, c);
    }
    const std::string line = R"({"m":"event","seq":1,"type":5,"operate":"Update","params":{"fromForceWin":"true"},"raw":")" +
                             quoted + "\"}\n";
    while (control.next() != 0) {
        const std::uint64_t raised = now_ns();
        if (::write(1, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
            return 2;
        }
        control.tell(raised);
    }
    return 0;
}
