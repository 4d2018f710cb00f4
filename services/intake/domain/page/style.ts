import { createHash } from 'node:crypto';

/** The pages' one style sheet. Colours have a contrast of at least 4.5 to 1. */
export const style = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:#f2f4f7;color:#1c2430;font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:38rem;margin:0 auto;padding:2rem 1.25rem;background:#fff}
body.embedded{background:#fff}
body.embedded main{max-width:none;padding:1rem}
h1{margin:0 0 1.25rem;font-size:1.625rem;line-height:1.25;overflow-wrap:anywhere}
h2{margin:0 0 .5rem;font-size:1.125rem}
p{margin:0}
form{display:grid;grid-template-columns:1fr;gap:1.125rem 1rem}
.field{min-width:0}
label{display:block;margin-bottom:.25rem;font-weight:600}
.optional{font-weight:400;color:#525c6b}
input,select,textarea{display:block;width:100%;min-height:2.75rem;padding:.5rem .75rem;border:1px solid #6b7686;border-radius:.375rem;background:#fff;color:inherit;font:inherit}
textarea{min-height:8rem;resize:vertical}
input:focus,select:focus,textarea:focus,button:focus-visible,a:focus-visible,.summary:focus{outline:3px solid #1d4ed8;outline-offset:1px}
.wrong input,.wrong select,.wrong textarea{border:2px solid #b42318}
.fault{margin:.25rem 0 0;color:#b42318;font-weight:600}
.summary{margin:0 0 1.5rem;padding:1rem 1.25rem;border:3px solid #b42318;border-radius:.375rem}
.summary ul{margin:0;padding-left:1.25rem}
.summary a{color:#b42318;font-weight:600}
.choice{display:grid;grid-template-columns:auto 1fr;gap:.75rem;align-items:start}
.choice label{margin:0;font-weight:400;white-space:pre-line;overflow-wrap:anywhere}
.choice input{width:1.5rem;height:1.5rem;min-height:0;margin:0;accent-color:#1d4ed8}
.choice .fault{grid-column:1/-1;margin:0}
.aside{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
button{justify-self:start;min-height:2.75rem;padding:.625rem 1.75rem;border:0;border-radius:.375rem;background:#1d4ed8;color:#fff;font:inherit;font-weight:600;cursor:pointer}
button:hover{background:#1e40af}
@media(min-width:34rem){form{grid-template-columns:1fr 1fr}.field,.choice,.aside,button{grid-column:1/-1}.half{grid-column:auto}body:not(.embedded) main{margin:2.5rem auto;padding:2.5rem;border-radius:.75rem;box-shadow:0 1px 3px rgb(16 24 40/.15)}}
@media(max-width:33.99rem){body:not(.embedded){background:#fff}button{justify-self:stretch}}
@media(forced-colors:active){button{border:1px solid}}
`;

/** What the style is known by in a Content-Security-Policy. */
export const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
