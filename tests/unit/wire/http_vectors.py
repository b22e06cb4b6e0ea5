#!/usr/bin/env python3
"""Turns tests/data/http-vectors.json into a C table. usage: http_vectors.py IN OUT"""
import base64
import json
import sys


def literal(data):
    """Octal escapes of three digits, so that no digit behind can join them."""
    return '\n        '.join('"%s"' % ''.join('\\%03o' % b for b in data[i:i + 24])
                            for i in range(0, len(data), 24)) or '""'


def main():
    vectors = json.load(open(sys.argv[1], encoding='utf-8'))['vectors']
    with open(sys.argv[2], 'w', encoding='ascii') as out:
        out.write('/* Made from http-vectors.json by http_vectors.py. */\n'
                  'struct http_vector {\n    const char *name;\n    struct span in;\n    int status[3];\n'
                  '    int responses;\n    bool closes;\n};\n'
                  'static const struct http_vector http_vectors[] = {\n')
        for v in vectors:
            data = base64.b64decode(v['send_base64'], validate=True)
            out.write('    {%s, {%s, %d}, {%s}, %d, %s},\n' % (
                literal(v['name'].encode()), literal(data), len(data),
                ', '.join(str(s) for s in v['want']['status']), v['want']['responses'],
                'true' if v['connection_closes'] else 'false'))
        out.write('};\n')


main()
