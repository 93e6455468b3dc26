#include "bridge_server.hpp"

#include "check.hpp"

namespace test {

bool BridgePeer::greet(const std::string &limits) {
    const std::string hello = line();
    if (hello.find("\"bridge.hello\"") == std::string::npos) {
        return false;
    }
    return send_line(answer(hello, R"({"protocol":1,"version":"0.1.0","cloud":"sandbox","pid":1,"limits":)" + limits + "}"));
}

std::string member(const std::string &line, const std::string &name) {
    const std::size_t at = line.find("\"" + name + "\":");
    if (at == std::string::npos) {
        return {};
    }
    std::size_t first = at + name.size() + 3;
    if (line[first] == '"') {
        ++first;
        return line.substr(first, line.find('"', first) - first);
    }
    return line.substr(first, line.find_first_of(",}", first) - first);
}

std::string job_json(const std::string &id, const std::string &state, const std::string &updated) {
    return R"({"job":")" + id + R"(","kind":"save","state":")" + state +
           R"(","path":"/a","assembly":false,"cloud":"sandbox","created":"2026-11-22T09:15:02.114Z","updated":")" + updated +
           R"(","notes":[]})";
}

std::string answer(const std::string &request_line, const std::string &result) {
    return R"({"jsonrpc":"2.0","id":)" + member(request_line, "id") + R"(,"result":)" + result + "}";
}

}  // namespace test
