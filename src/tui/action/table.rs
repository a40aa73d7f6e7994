//! The rows of the table of actions.

use super::{Argument, Completion, Danger, Reach, Row, Section};

/// Builds the argument of a row, if it has one.
macro_rules! argument {
    () => {
        None
    };
    ($name:literal $required:literal $complete:ident) => {
        Some(Argument { name: $name, required: $required, complete: Completion::$complete })
    };
}

/// Builds the enum and its rows from one list, so that neither can lack what the other has.
macro_rules! actions {
    ($($variant:ident $name:literal $section:ident $danger:ident $reach:ident $about:literal
        $(<$argument:literal $required:literal $complete:ident>)? [$($layer:literal: $keys:literal),* $(,)?];)*) => {
        /// Something that a user can ask of the console.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $about] $variant,)*
        }

        /// Every action, in the order of the enum, which is the order of help.
        pub static ROWS: &[Row] = &[$(Row {
            action: Action::$variant,
            name: $name,
            section: Section::$section,
            danger: Danger::$danger,
            reach: Reach::$reach,
            about: $about,
            argument: argument!($($argument $required $complete)?),
            keys: &[$(($layer, $keys)),*],
        }),*];
    };
}

actions! {
    MoveUp "move-up" Move None Afar "Move up"
        ["browse": "up", "browse": "k", "picker": "up", "picker": "ctrl-p", "finder": "up", "finder": "ctrl-p",
            "columns": "up", "columns": "k", "dialog": "up"];
    MoveDown "move-down" Move None Afar "Move down"
        ["browse": "down", "browse": "j", "picker": "down", "picker": "ctrl-n", "finder": "down", "finder": "ctrl-n",
            "columns": "down", "columns": "j", "dialog": "down"];
    PageUp "page-up" Move None Afar "Move one page up"
        ["browse": "pageup", "browse": "ctrl-b", "picker": "pageup", "finder": "pageup", "dialog": "pageup"];
    PageDown "page-down" Move None Afar "Move one page down"
        ["browse": "pagedown", "browse": "ctrl-f", "picker": "pagedown", "finder": "pagedown", "dialog": "pagedown"];
    MoveLeft "move-left" Move None Afar "Move to the column at the left" ["matrix": "left", "matrix": "h"];
    MoveRight "move-right" Move None Afar "Move to the column at the right" ["matrix": "right", "matrix": "l"];
    MoveFirst "move-first" Move None Afar "Move to the first row" ["browse": "home", "browse": "g g"];
    MoveLast "move-last" Move None Afar "Move to the last row" ["browse": "end", "browse": "G"];
    ColumnLeft "column-left" Move None Afar "Go to the column at the left" ["browse": "left", "browse": "h"];
    ColumnRight "column-right" Move None Afar "Go to the column at the right" ["browse": "right", "browse": "l"];
    Expand "expand" Move None Afar "Open the branch" ["tree": "right", "tree": "l"];
    Collapse "collapse" Move None Afar "Close the branch, or go to its root" ["tree": "left", "tree": "h"];
    ExpandAll "expand-all" Move None Afar "Open every branch" ["tree": "+"];
    CollapseAll "collapse-all" Move None Afar "Close every branch" ["tree": "_"];
    NextProblem "next-problem" Move None Afar "Go to the next workflow that lacks a key" ["workflows": "n", "matrix": "n"];
    ScrollDetails "scroll-details" Move None Afar "Scroll the details down" ["browse": "J"];
    ScrollDetailsBack "scroll-details-back" Move None Afar "Scroll the details up" ["browse": "K"];
    NextPane "next-pane" Move None Afar "Go to the next pane" ["global": "tab"];
    PreviousPane "previous-pane" Move None Afar "Go to the previous pane" ["global": "shift-tab"];

    Open "open" Go None Afar "Open what is under the cursor" ["browse": "enter"];
    Back "back" Go None Afar "Go back to the view before" ["global": "[", "global": "alt-left"];
    Forward "forward" Go None Afar "Go forward again" ["global": "]", "global": "alt-right"];
    GotoOverview "goto-overview" Go None Afar "Overview: what needs attention, worst first" ["global": "g h"];
    GotoWorkflows "goto-workflows" Go None Afar "Workflows, and the key that each uses" ["global": "g w"];
    GotoMatrix "goto-matrix" Go None Afar "Matrix: workflows by providers, one cell for one key" ["global": "g x"];
    GotoCredentials "goto-credentials" Go None Afar "Credentials: the keys, their owners and states" ["global": "g c"];
    GotoProviders "goto-providers" Go None Afar "Providers and their models" ["global": "g p"];
    GotoChanges "goto-changes" Go None Afar "Changes that are staged" ["global": "g s"];
    GotoPools "goto-pools" Go None Afar "Pools of keys that share load" ["global": "g o"];
    GotoInstances "goto-instances" Go None Afar "Model instances" ["global": "g m"];
    GotoRules "goto-rules" Go None Afar "Rules: what is assigned where" ["global": "g r"];
    GotoDepartments "goto-departments" Go None Afar "Departments, cost centres and budgets" ["global": "g d"];
    GotoModels "goto-models" Go None Afar "Models, their prices and who calls them" ["global": "g l"];
    GotoOperators "goto-operators" Go None Afar "Operators and their roles" ["global": "g u"];
    GotoAudit "goto-audit" Go None Afar "The audit log: who did what, and how it went" ["global": "g a"];
    GotoCosts "goto-costs" Go None Afar "Costs, budgets, and when they run out" ["global": "g b"];
    Preview "preview" Go None Afar "Show which key is used here, and why" ["browse": "p"];
    WhoUses "who-uses" Go None Afar "Show what uses this" ["browse": "w"];
    Workspace "workspace" Go None Afar "Switch to another workspace of this database" <"name" false Workspaces>
        ["global": "g i"];
    Goto "goto" Go None Afar "Go to a thing by its name" <"name" true Places> ["global": "g /"];

    Filter "filter" View None Afar "Filter rows: words, !not, field:value" <"text" false Free> ["browse": "/"];
    Sort "sort" View None Afar "Sort by a column" <"column [desc]" true Columns> ["browse": "s"];
    SortColumn "sort-column" View None Afar "Sort by this column; again turns it round" ["browse": "o"];
    Columns "columns" View None Afar "Choose and order the columns" ["browse": "C"];
    ToggleColumn "toggle-column" View None Afar "Show or hide the column" ["columns": "space"];
    ColumnEarlier "column-earlier" View None Afar "Put the column further left"
        ["columns": "K", "columns": "shift-up", "columns": "left"];
    ColumnLater "column-later" View None Afar "Put the column further right"
        ["columns": "J", "columns": "shift-down", "columns": "right"];
    ResetColumns "reset-columns" View None Afar "Show the columns as the program does" ["columns": "r"];
    Mark "mark" View None Afar "Mark the row" ["browse": "space"];
    MarkRange "mark-range" View None Afar "Mark from here to where the cursor goes" ["browse": "v"];
    ExtendUp "extend-up" View None Afar "Mark, and go up" ["browse": "shift-up"];
    ExtendDown "extend-down" View None Afar "Mark, and go down" ["browse": "shift-down"];
    ExtendPageUp "extend-page-up" View None Afar "Mark a page upwards" ["browse": "shift-pageup"];
    ExtendPageDown "extend-page-down" View None Afar "Mark a page downwards" ["browse": "shift-pagedown"];
    MarkAll "mark-all" View None Afar "Mark every row that the filter shows" ["browse": "*"];
    ClearMarks "clear-marks" View None Afar "Unmark every row" ["browse": "-"];
    ToggleDetails "toggle-details" View None Afar "Show or hide the details" ["browse": "i"];
    CycleEnvironment "cycle-environment" View None Afar "Look at the next environment" <"environment" false Environments>
        ["browse": "E", "picker": "ctrl-e"];
    CostsBy "costs-by" View None Afar "Sum costs up by something else" <"what" false Dimensions> ["costs": "b"];
    CostsPeriod "costs-period" View None Afar "Look at other days, or a month" <"days or month" false Periods>
        ["costs": "t"];
    CopyName "copy-name" View None Afar "Send the name to your terminal's clipboard" ["browse": "y y"];
    CopyLink "copy-link" View None Afar "Send a link to this view to the clipboard" ["browse": "y l"];
    CopyCommand "copy-command" View None Afar "Send the command that does the same to the clipboard" ["browse": "y c"];
    Export "export" View None Afar "Write what the screen shows: to the clipboard, or a file"
        <"csv|json|md [path]" true Formats> ["browse": "y e"];

    CopySecret "copy-secret" View None Afar "Send the secret to your terminal's clipboard, on record"
        ["credentials": "y s", "secret": "y"];

    Assign "assign" Change None Afar "Assign a key here" ["workflows": "a", "preview": "a", "overview": "a", "matrix": "a"];
    Unassign "unassign" Change None Afar "Take the rule of this place away" ["workflows": "A", "preview": "A"];
    Mend "mend" Change None Afar "See what would mend this, and stage it" ["overview": "m"];
    Add "add" Change None Afar "Add one more of what is shown: a key, a workflow, a person" <"kind" false Kinds>
        ["providers": "a", "credentials": "a", "records": "a", "workflows": "N"];
    Import "import" Change None Local "Import foreign data, after a look at what would come" <"kind path" false Sources>
        ["browse": "I"];
    Edit "edit" Change None Afar "Edit" ["browse": "e"];
    Disable "disable" Change None Afar "Disable, or enable again" ["credentials": "x"];
    Revoke "revoke" Change Confirm Afar "Revoke for good" ["credentials": "X"];
    RevokeNow "revoke-now" Change TypeName Afar "Revoke at once, in an emergency" ["credentials": "!"];
    Rotate "rotate" Change None Afar "Rotate: a new secret beside the old one, in steps" ["credentials": "R"];
    Reveal "reveal" Change None Afar "Show the secret, on record, for 15 seconds" ["credentials": "S"];
    Verify "verify" Change None Afar "Ask the vendor whether the key works, and keep the answer" ["credentials": "V"];
    Remove "remove" Change TypeName Afar "Remove" ["browse": "D", "browse": "delete"];

    Apply "apply" Stage Confirm Afar "Apply the staged changes" <"message" false Free> ["global": "ctrl-s"];
    Discard "discard" Stage None Afar "Unstage this change" ["changes": "d"];
    DiscardAll "discard-all" Stage Confirm Afar "Unstage every change" ["changes": "ctrl-d"];
    Others "others" Stage None Afar "See what others applied meanwhile, and decide" ["changes": "m"];
    Approve "approve" Stage Confirm Afar "Approve what somebody else has staged" ["changes": "a"];
    Revert "revert" Stage Confirm Afar "Undo the revision under the cursor" ["changes": "r"];
    Undo "undo" Stage None Afar "Undo" ["global": "u"];
    Redo "redo" Stage None Afar "Redo" ["global": "ctrl-r", "global": "U"];

    Accept "accept" Answer None Afar "Take this"
        ["picker": "enter", "finder": "enter", "dialog": "enter", "text": "enter", "text": "ctrl-s", "lines": "ctrl-s",
            "secret": "enter", "columns": "enter"];
    Cancel "cancel" Answer None Afar "Leave, or go one step up"
        ["global": "esc", "picker": "esc", "finder": "esc", "dialog": "esc", "text": "esc", "lines": "esc", "secret": "esc",
            "columns": "esc"];
    NextField "next-field" Answer None Afar "Go to the next field or button"
        ["dialog": "tab", "dialog": "right", "text": "tab", "text": "down", "lines": "tab", "secret": "tab"];
    PreviousField "previous-field" Answer None Afar "Go to the previous field or button"
        ["dialog": "shift-tab", "dialog": "left", "text": "shift-tab", "text": "up", "lines": "shift-tab", "secret": "shift-tab"];

    EditOutside "edit-outside" Answer None Local "Write the note in your own editor" ["text": "ctrl-e", "lines": "ctrl-e"];
    Complete "complete" Answer None Afar "Complete what is typed" ["finder": "tab"];
    NextChoice "next-choice" Answer None Afar "Put in the next value that fits" ["text": "ctrl-n", "lines": "ctrl-n"];
    PreviousChoice "previous-choice" Answer None Afar "Put in the previous value that fits" ["text": "ctrl-p", "lines": "ctrl-p"];
    NextScope "next-scope" Answer None Afar "Assign for more: workflow, app, department …" ["picker": "tab"];
    PreviousScope "previous-scope" Answer None Afar "Assign for less" ["picker": "shift-tab"];
    ToggleStrength "toggle-strength" Answer None Afar "Required, or only preferred" ["picker": "ctrl-r"];
    ToggleModel "toggle-model" Answer None Afar "For this model only, or for any" ["picker": "ctrl-x"];

    Settings "settings" Change None Afar "The workspace's own settings: approval, overrides, policy" ["global": "g ,"];
    SetPrice "set-price" Change None Afar "Set the price of this model" ["records": "$"];
    RemovePrice "remove-price" Change None Afar "Remove the workspace's own price of this model" ["records": "%"];
    Refine "refine" Answer None Afar "Write the rule out: window, note, values" ["picker": "ctrl-o"];

    Help "help" Session None Afar "Show all keys, those of this place first"
        ["global": "?", "global": "f1", "picker": "f1", "text": "f1", "lines": "f1", "dialog": "f1", "columns": "f1", "secret": "f1"];
    Palette "palette" Session None Afar "Run a command by its name" ["global": ":"];
    CommandLog "command-log" Session None Afar "Show what the last keys did, and the commands that do it" ["global": "`"];
    WhoIsHere "who-is-here" Session None Afar "Show who else has a console open" ["global": "W"];
    StartReport "start-report" Session None Afar "Show what is to be told of your keys and columns" ["global": "g k"];
    Mouse "mouse" Session None Afar "Hear the mouse, or leave it to the terminal" ["global": "M"];
    Refresh "refresh" Session None Afar "Read the database again, and draw anew" ["global": "ctrl-l", "global": "f5"];
    Theme "theme" Session None Afar "Change the theme" <"name" false Themes> ["global": "ctrl-t"];
    Lock "lock" Session None Afar "Unlock the vault, or lock it again" ["global": "L"];
    Quit "quit" Session None Afar "Leave keydeck"
        ["global": "q", "global": "ctrl-c", "text": "ctrl-c", "lines": "ctrl-c", "dialog": "ctrl-c", "picker": "ctrl-c", "finder": "ctrl-c", "secret": "ctrl-c",
            "columns": "ctrl-c"];
}
