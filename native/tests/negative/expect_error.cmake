# cmake -DCOMPILER=... -DSOURCE=... -DARGUMENTS=... -P expect_error.cmake
# The source must not compile, and the compiler must say each text behind its "// EXPECT: " lines. "nothing" stands for
# a source that compiles.
execute_process(COMMAND ${COMPILER} ${ARGUMENTS} -fsyntax-only "${SOURCE}"
    RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
file(STRINGS "${SOURCE}" expectations REGEX "^// EXPECT: ")
foreach(expectation IN LISTS expectations)
    string(REPLACE "// EXPECT: " "" expectation "${expectation}")
    if(expectation STREQUAL "nothing")
        if(NOT result EQUAL 0)
            message(FATAL_ERROR "does not compile:\n${output}")
        endif()
        continue()
    endif()
    string(FIND "${output}" "${expectation}" at)
    if(result EQUAL 0 OR at EQUAL -1)
        message(FATAL_ERROR "the compiler did not say: ${expectation}\n${output}")
    endif()
endforeach()
