// Rules that `deno lint` lacks: no long functions, and no long lines, which its formatter leaves
// where they are comments or strings.

const LONGEST_FUNCTION = 40;
const LONGEST_LINE = 100;

const functionLength = {
  create(context) {
    const check = (node) => {
      const lines = context.sourceCode.getText(node).split('\n').length;
      if (lines <= LONGEST_FUNCTION) return;
      const message = `A function of ${lines} lines (at most ${LONGEST_FUNCTION})`;
      context.report({ node, message });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};

const lineLength = {
  create(context) {
    let start = 0;
    for (const line of context.sourceCode.text.split('\n')) {
      const end = start + line.length;
      if (line.length > LONGEST_LINE) {
        const message = `A line of ${line.length} characters (at most ${LONGEST_LINE})`;
        context.report({ range: [start, end], message });
      }
      start = end + 1;
    }
    return {};
  },
};

export default {
  name: 'livelist',
  rules: { 'function-length': functionLength, 'line-length': lineLength },
};
