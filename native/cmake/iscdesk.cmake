# The shim over an IscdeskSdk that is given as headers.

# iscbridge_add_iscdesk_shim(<target> SDK_DIR <folder> VENDOR_FILE <file>)
#
# SDK_DIR: the copy of the vendor's folder SdkApi/include. The guide names SdkInvoker.h and IscdeskSdkIdl.h and shows
# two paths for them that differ in the folders above, so they are looked for; how they include each other is not
# known, so the folders above them are searched as well.
function(iscbridge_add_iscdesk_shim target)
    cmake_parse_arguments(arg "" "SDK_DIR;VENDOR_FILE" "" ${ARGN})
    set(folders "${arg_SDK_DIR}")
    foreach(header SdkInvoker.h IscdeskSdkIdl.h)
        file(GLOB_RECURSE found "${arg_SDK_DIR}/${header}")
        list(LENGTH found count)
        if(NOT count EQUAL 1)
            message(FATAL_ERROR "ISCDESK_SDK_DIR=${arg_SDK_DIR} holds ${count} files named ${header}; one is needed. "
                                "Give the vendor's folder SdkApi/include, or the folder that holds a copy of it.")
        endif()
        get_filename_component(folder "${found}" DIRECTORY)
        get_filename_component(parent "${folder}" DIRECTORY)
        list(APPEND folders "${folder}" "${parent}")
    endforeach()
    list(REMOVE_DUPLICATES folders)
    iscbridge_add_shim(${target} VENDOR_FILE "${arg_VENDOR_FILE}" INCLUDES ${folders})
endfunction()
